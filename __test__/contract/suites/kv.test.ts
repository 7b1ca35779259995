import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { any, contract, errorOf, streamOf, uniqueName } from '../contract.ts'
import { names, VALUE_BYTES_MAX } from '../kv.ts'

const { KV, SAME_KV, OTHER_KV } = env

contract('kv: text comes back as text, which is the default type', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'grün\n日本')
  expect(await KV.get(key)).toBe('grün\n日本')
  expect(await KV.get(key, 'text')).toBe('grün\n日本')
  expect(await KV.get(key, { type: 'text' })).toBe('grün\n日本')
})

contract('kv: JSON is parsed', async () => {
  const key = uniqueName('k')
  await KV.put(key, JSON.stringify({ a: [1, null, 'é'] }))
  expect(await KV.get(key, 'json')).toEqual({ a: [1, null, 'é'] })
  expect(await KV.get(key, { type: 'json' })).toEqual({ a: [1, null, 'é'] })
})

contract('kv: what is not JSON is a SyntaxError', async () => {
  const key = uniqueName('k')
  await KV.put(key, '{')
  expect(await errorOf(() => KV.get(key, 'json'))).toMatch(/^SyntaxError: /)
})

contract('kv: bytes come back as an ArrayBuffer', async () => {
  const key = uniqueName('k')
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
  await KV.put(key, bytes)
  expect(new Uint8Array((await KV.get(key, 'arrayBuffer'))!)).toEqual(bytes)
})

contract('kv: an ArrayBuffer and a part of one can be stored', async () => {
  const key = uniqueName('k')
  const { buffer } = Uint8Array.of(1, 2, 3, 4)
  await KV.put(key, buffer)
  expect(new Uint8Array((await KV.get(key, 'arrayBuffer'))!)).toEqual(Uint8Array.of(1, 2, 3, 4))
  await KV.put(key, new Uint8Array(buffer, 1, 2))
  expect(new Uint8Array((await KV.get(key, 'arrayBuffer'))!)).toEqual(Uint8Array.of(2, 3))
})

contract('kv: a stream can be stored and read', async () => {
  const key = uniqueName('k')
  await KV.put(key, any(streamOf(300_000)))
  const stream = any(await KV.get(key, 'stream')) as ReadableStream
  expect((await new Response(stream).arrayBuffer()).byteLength).toBe(300_000)
})

contract('kv: a stream of known length can be stored', async () => {
  const key = uniqueName('k')
  await KV.put(key, any(new Response('from a body').body))
  expect(await KV.get(key)).toBe('from a body')
})

contract('kv: a stream that fails stores nothing', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'before')
  const failing = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
    pull: (controller) => controller.error(new Error('broken source')),
  })
  expect(await errorOf(() => KV.put(key, any(failing)))).toBe('Error: broken source')
  expect(await KV.get(key)).toBe('before')
})

contract('kv: a stream need not be read', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'x'.repeat(100_000))
  const stream = any(await KV.get(key, 'stream')) as ReadableStream
  await stream.cancel()
  expect((await KV.get(key))?.length).toBe(100_000)
})

contract('kv: an empty value is a value', async () => {
  const key = uniqueName('k')
  await KV.put(key, '')
  expect(await KV.get(key)).toBe('')
  await KV.put(key, new ArrayBuffer(0))
  expect((await KV.get(key, 'arrayBuffer'))?.byteLength).toBe(0)
})

contract('kv: text that is not UTF-8 is read with replacement characters', async () => {
  const key = uniqueName('k')
  await KV.put(key, Uint8Array.of(0x61, 0xff, 0x62))
  expect(await KV.get(key)).toBe('a\ufffdb')
})

contract('kv: a NUL character stays', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'a\0b')
  expect(await KV.get(key)).toBe('a\0b')
})

contract('kv: a number is stored as text', async () => {
  const key = uniqueName('k')
  await KV.put(key, any(12.5))
  expect(await KV.get(key)).toBe('12.5')
})

contract('kv: an object is no value', async () => {
  expect(await errorOf(() => KV.put(uniqueName('k'), any({})))).toBe(
    'TypeError: KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.',
  )
})

contract('kv: an unknown type is refused', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'v')
  expect(await errorOf(() => KV.get(key, any('xml')))).toBe(
    'TypeError: Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".',
  )
})

contract('kv: an absent key is null, whatever the type', async () => {
  const key = uniqueName('absent')
  expect(await KV.get(key)).toBeNull()
  expect(await KV.get(key, 'json')).toBeNull()
  expect(await KV.get(key, 'arrayBuffer')).toBeNull()
  expect(await KV.get(key, 'stream')).toBeNull()
})

contract('kv: the last value wins', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'first')
  await KV.put(key, 'second')
  expect(await KV.get(key)).toBe('second')
})

contract('kv: a deleted key is gone, and may be deleted again', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'v')
  expect(await KV.delete(key)).toBeUndefined()
  await KV.delete(key)
  expect(await KV.get(key)).toBeNull()
  expect(names(await KV.list({ prefix: key }))).toEqual([])
})

contract('kv: many calls at once', async () => {
  const prefix = uniqueName('many')
  const keys = Array.from({ length: 60 }, (_, index) => `${prefix}${index}`)
  await Promise.all(keys.map((key) => KV.put(key, key)))
  expect(await Promise.all(keys.map((key) => KV.get(key)))).toEqual(keys)
})

contract('kv: bindings with the same id share their data', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'shared')
  expect(await SAME_KV.get(key)).toBe('shared')
})

contract('kv: namespaces with different ids do not', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'mine')
  expect(await OTHER_KV.get(key)).toBeNull()
  await OTHER_KV.put(key, 'theirs')
  expect(await KV.get(key)).toBe('mine')
})

contract('kv: cacheTtl may be 30 or more', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'v')
  expect(await KV.get(key, { cacheTtl: 30 })).toBe('v')
  expect(await KV.get([key], { cacheTtl: 100 })).toEqual(new Map([[key, 'v']]))
})

contract('kv: a shorter cacheTtl is refused', async () => {
  expect(await errorOf(() => KV.get(uniqueName('k'), { cacheTtl: 29 }))).toBe(
    'Error: KV GET failed: 400 Invalid cache_ttl of 29. Cache TTL must be at least 30.',
  )
})

contract('kv: a shorter cacheTtl is refused with metadata as well', async () => {
  expect(await errorOf(() => KV.getWithMetadata(uniqueName('k'), { cacheTtl: 1 }))).toBe(
    'Error: KV GET failed: 400 Invalid cache_ttl of 1. Cache TTL must be at least 30.',
  )
})

contract('kv: a value is seen at once, whatever was cached', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'old')
  await KV.get(key, { cacheTtl: 3600 })
  await KV.put(key, 'new')
  expect(await KV.get(key, { cacheTtl: 3600 })).toBe('new')
})

contract('kv: a value may have 25 MiB', async () => {
  const key = uniqueName('large')
  await KV.put(key, new Uint8Array(VALUE_BYTES_MAX))
  expect((await KV.get(key, 'arrayBuffer'))?.byteLength).toBe(VALUE_BYTES_MAX)
  await KV.delete(key)
})

contract('kv: a larger value is refused, and leaves the old one', async () => {
  const key = uniqueName('large')
  await KV.put(key, 'old')
  expect(await errorOf(() => KV.put(key, new Uint8Array(VALUE_BYTES_MAX + 1)))).toBe(
    'Error: KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.',
  )
  expect(await KV.get(key)).toBe('old')
})

contract('kv: a larger stream is refused with its whole length', async () => {
  const key = uniqueName('large')
  expect(await errorOf(() => KV.put(key, any(streamOf(VALUE_BYTES_MAX + 5, 1 << 20))))).toBe(
    'Error: KV PUT failed: 413 Value length of 26214405 exceeds limit of 26214400.',
  )
  expect(await KV.get(key)).toBeNull()
})
