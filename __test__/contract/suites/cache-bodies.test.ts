// Cache: bodies.
import type * as Workers from '@cloudflare/workers-types/index.ts'
import { expect } from 'vitest'

import { cache, FRESH, fresh, newUrl, text } from '../cache.ts'
import { contract } from '../contract.ts'

// The runtime's own constructors: those of Node have the same names in this compilation.
const { CompressionStream, FixedLengthStream, ReadableStream, Response } =
  globalThis as unknown as typeof Workers

async function gzipped(value: string): Promise<ArrayBuffer> {
  const stream = new Response(value).body!.pipeThrough(new CompressionStream('gzip'))
  return new Response(stream).arrayBuffer()
}

contract('cache: bytes come back as they were', async () => {
  const url = newUrl()
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256)
  await cache.put(url, new Response(bytes, { headers: FRESH }))
  const back = new Uint8Array(await (await cache.match(url))!.arrayBuffer())
  expect(back.byteLength).toBe(70_000)
  expect(back.every((byte, index) => byte === bytes[index])).toBe(true)
})

contract('cache: an empty body and no body', async () => {
  for (const body of ['', null]) {
    const url = newUrl()
    await cache.put(url, new Response(body, { headers: FRESH }))
    expect(await text(url)).toBe('')
  }
})

contract('cache: a stream of unknown length', async () => {
  const url = newUrl()
  const chunks = ['0\r\n', '\r\n', 'x'.repeat(100_000), 'end']
  const whole = chunks.join('')
  const body = new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift()
      if (chunk === undefined) controller.close()
      else controller.enqueue(new TextEncoder().encode(chunk))
    },
  })
  await cache.put(url, new Response(body, { headers: FRESH }))
  expect(await text(url)).toBe(whole)
})

contract('cache: a stream of known length', async () => {
  const url = newUrl()
  const { readable, writable } = new FixedLengthStream(5)
  const writer = writable.getWriter()
  const written = writer.write(new TextEncoder().encode('hello')).then(() => writer.close())
  await cache.put(url, new Response(readable, { headers: FRESH }))
  await written
  const response = (await cache.match(url))!
  expect(response.headers.get('content-length')).toBe('5')
  expect(await response.text()).toBe('hello')
})

contract('cache: a body that looks like a response', async () => {
  const url = newUrl()
  const body = 'HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx'
  await cache.put(url, new Response(body, { headers: FRESH }))
  expect(await text(url)).toBe(body)
})

contract('cache: a body that breaks off is not stored', async () => {
  const url = newUrl()
  let pulls = 0
  const body = new ReadableStream({
    pull(controller) {
      if (++pulls > 3) controller.error(new Error('broken off'))
      else controller.enqueue(new Uint8Array(1000))
    },
  })
  await expect(cache.put(url, new Response(body, { headers: FRESH }))).rejects.toThrow('broken off')
  expect(await cache.match(url)).toBeUndefined()
})

contract('cache: a body that nobody reads, or not to its end, does no harm', async () => {
  const url = newUrl()
  await cache.put(url, new Response(new Uint8Array(500_000), { headers: FRESH }))
  for (let round = 0; round < 5; round++) await cache.match(url)
  const reader = (await cache.match(url))!.body!.getReader()
  await reader.read()
  await reader.cancel()
  expect((await (await cache.match(url))!.arrayBuffer()).byteLength).toBe(500_000)
})

contract('cache: a found response can be put again', async () => {
  const [url, copy] = [newUrl(), newUrl()]
  await cache.put(url, fresh('hello'))
  await cache.put(copy, (await cache.match(url))!)
  expect(await text(copy)).toBe('hello')
})

contract('cache: content that the runtime compresses comes back decoded', async () => {
  const url = newUrl()
  const headers = { ...FRESH, 'content-encoding': 'gzip' }
  await cache.put(url, new Response('hello hello hello', { headers }))
  expect(await text(url)).toBe('hello hello hello')
})

contract('cache: content that is compressed already comes back decoded', async () => {
  const url = newUrl()
  const headers = { ...FRESH, 'content-encoding': 'gzip' }
  const body = await gzipped('hello hello hello')
  await cache.put(url, new Response(body, { headers, encodeBody: 'manual' }))
  expect(await text(url)).toBe('hello hello hello')
})
