// R2: what can be put, how it is read, and what an object tells about itself.
import type * as Workers from '@cloudflare/workers-types/index.ts'
import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'

// The runtime's own constructors: those of Node have the same names in this compilation.
const { Blob, FixedLengthStream, Headers, ReadableStream, Response } = globalThis as unknown as typeof Workers

const bucket = env.BUCKET

const HELLO = { size: 5, etag: '5d41402abc4b2a76b9719d911017c592' }
const EMPTY = { size: 0, etag: 'd41d8cd98f00b204e9800998ecf8427e' }

type Value = Parameters<typeof bucket.put>[1]

/** Puts a value under a new key and reads it back. */
async function roundTrip(value: Value): Promise<{ size: number; bytes: number[] }> {
  const key = uniqueName('value')
  const { size } = (await bucket.put(key, value))!
  return { size, bytes: [...(await read(key)).values()] }
}

async function read(key: string): Promise<Uint8Array> {
  const object = await bucket.get(key)
  return object!.bytes()
}

async function text(key: string): Promise<string | undefined> {
  return (await bucket.get(key))?.text()
}

function streamOfUnknownLength(): Workers.ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('hello'))
      controller.close()
    },
  })
}

contract('r2: a string is stored as UTF-8', async () => {
  expect(await roundTrip('é€')).toEqual({ size: 5, bytes: [0xc3, 0xa9, 0xe2, 0x82, 0xac] })
})

contract('r2: an ArrayBuffer is stored as it is', async () => {
  expect(await roundTrip(new Uint8Array([0, 255, 13, 10, 128]).buffer)).toEqual({
    size: 5,
    bytes: [0, 255, 13, 10, 128],
  })
})

contract('r2: of a view only what it shows is stored', async () => {
  const { buffer } = new Uint8Array([1, 2, 3, 4, 5, 6])
  expect(await roundTrip(new Uint8Array(buffer, 1, 3))).toEqual({ size: 3, bytes: [2, 3, 4] })
  expect(await roundTrip(new DataView(buffer, 4))).toEqual({ size: 2, bytes: [5, 6] })
  expect(await roundTrip(new Uint16Array(buffer, 2, 1))).toEqual({ size: 2, bytes: [3, 4] })
})

contract('r2: null, an empty string and an empty buffer are empty objects', async () => {
  for (const value of [null, '', new ArrayBuffer(0)]) {
    const key = uniqueName('empty')
    expect(await bucket.put(key, value)).toMatchObject(EMPTY)
    expect(await text(key)).toBe('')
  }
})

contract('r2: a Blob is stored without its type', async () => {
  const key = uniqueName('blob')
  await bucket.put(key, new Blob(['hel', 'lo'], { type: 'text/x-blob' }))
  expect(await text(key)).toBe('hello')
  expect((await bucket.head(key))?.httpMetadata).toEqual({})
})

contract('r2: the body of a response is a stream of known length', async () => {
  const key = uniqueName('response')
  expect(await bucket.put(key, new Response('hello').body!)).toMatchObject(HELLO)
  expect(await text(key)).toBe('hello')
})

contract('r2: the readable half of a FixedLengthStream is a stream of known length', async () => {
  const key = uniqueName('fixed')
  const { readable, writable } = new FixedLengthStream(5)
  const writer = writable.getWriter()
  const written = (async () => {
    await writer.write(new TextEncoder().encode('hel'))
    await writer.write(new TextEncoder().encode('lo'))
    await writer.close()
  })()
  expect(await bucket.put(key, readable)).toMatchObject(HELLO)
  await written
  expect(await text(key)).toBe('hello')
})

contract('r2: the body of an object can be put under another key', async () => {
  const key = uniqueName('copied')
  const copy = uniqueName('copy')
  await bucket.put(key, 'hello')
  const object = await bucket.get(key)
  expect(await bucket.put(copy, object!.body)).toMatchObject(HELLO)
  expect(await text(copy)).toBe('hello')
})

contract('r2: a stream of unknown length is refused', async () => {
  const key = uniqueName('unknown')
  await expect(bucket.put(key, streamOfUnknownLength())).rejects.toThrow(
    new TypeError(
      'Provided readable stream must have a known length (request/response body or readable half of FixedLengthStream)',
    ),
  )
  expect(await bucket.head(key)).toBeNull()
})

contract('r2: a value of another type is refused', async () => {
  await expect(bucket.put(uniqueName('number'), 5 as unknown as string)).rejects.toThrow(TypeError)
})

contract('r2: a large value comes back as it was', async () => {
  const key = uniqueName('large')
  const value = new Uint8Array(5_000_000).map((_, index) => (index * 7) % 251)
  expect(await bucket.put(key, value)).toMatchObject({ size: value.byteLength })
  const back = await read(key)
  expect(back.byteLength).toBe(value.byteLength)
  expect(back.every((byte, index) => byte === value[index])).toBe(true)
})

contract('r2: text(), json(), arrayBuffer(), bytes() and blob() read a body', async () => {
  const key = uniqueName('methods')
  await bucket.put(key, '{"a":[1]}', { httpMetadata: { contentType: 'application/json' } })
  const get = async () => (await bucket.get(key))!
  expect(await (await get()).text()).toBe('{"a":[1]}')
  expect(await (await get()).json()).toEqual({ a: [1] })
  expect((await (await get()).arrayBuffer()).byteLength).toBe(9)
  expect([...(await (await get()).bytes())].slice(0, 2)).toEqual([0x7b, 0x22])
  const blob = await (await get()).blob()
  expect([blob.type, await blob.text()]).toEqual(['application/json', '{"a":[1]}'])
})

contract('r2: json() of something else is a SyntaxError', async () => {
  const key = uniqueName('json')
  await bucket.put(key, 'not JSON')
  const object = await bucket.get(key)
  await expect(object!.json()).rejects.toThrow(SyntaxError)
})

contract('r2: a body can be read once', async () => {
  const key = uniqueName('once')
  await bucket.put(key, 'hello')
  const object = (await bucket.get(key))!
  expect(object.bodyUsed).toBe(false)
  expect(await object.text()).toBe('hello')
  expect(object.bodyUsed).toBe(true)
  await expect(object.text()).rejects.toThrow(
    new TypeError(
      'Body has already been used. It can only be used once. Use tee() first if you need to read it twice.',
    ),
  )
})

contract('r2: a body is a stream', async () => {
  const key = uniqueName('stream')
  await bucket.put(key, new Uint8Array(300_000).fill(7))
  const object = (await bucket.get(key))!
  expect(object.body).toBeInstanceOf(ReadableStream)
  let size = 0
  for await (const chunk of object.body as Workers.ReadableStream<Uint8Array>) size += chunk.byteLength
  expect(size).toBe(300_000)
})

contract('r2: bodies that nobody reads do no harm', async () => {
  const key = uniqueName('unread')
  await bucket.put(key, new Uint8Array(200_000).fill(1))
  const sizes = await Promise.all(Array.from({ length: 30 }, async () => (await bucket.get(key))?.size))
  expect(new Set(sizes)).toEqual(new Set([200_000]))
  expect((await read(key)).byteLength).toBe(200_000)
})

contract('r2: a body can be cancelled half-way', async () => {
  const key = uniqueName('cancelled')
  await bucket.put(key, new Uint8Array(3_000_000).fill(1))
  const reader = (await bucket.get(key))!.body.getReader()
  expect((await reader.read()).done).toBe(false)
  await reader.cancel('enough')
  expect((await read(key)).byteLength).toBe(3_000_000)
})

contract('r2: head() and get() of an absent key give null', async () => {
  const key = uniqueName('absent')
  expect(await bucket.head(key)).toBeNull()
  expect(await bucket.get(key)).toBeNull()
})

contract('r2: put() tells what was stored', async () => {
  const key = uniqueName('told')
  const before = Date.now()
  const object = await bucket.put(key, 'hello', {
    httpMetadata: { contentType: 'text/plain' },
    customMetadata: { a: 'b' },
  })
  expect(object).toMatchObject({
    key,
    ...HELLO,
    httpEtag: `"${HELLO.etag}"`,
    httpMetadata: { contentType: 'text/plain' },
    customMetadata: { a: 'b' },
  })
  expect(object.version).toMatch(/^.{16,}$/)
  expect(object.uploaded).toBeInstanceOf(Date)
  expect(Math.abs(object.uploaded.getTime() - before)).toBeLessThan(60_000)
  expect(object.range).toBeUndefined()
  expect(object.ssecKeyMd5).toBeUndefined()
  expect('body' in object).toBe(false)
})

contract('r2: head() and get() tell the same as put(), and the range', async () => {
  const key = uniqueName('same')
  const put = await bucket.put(key, 'hello', { customMetadata: { a: 'b' } })
  for (const object of [await bucket.head(key), await bucket.get(key)]) {
    expect(object).toMatchObject({
      key,
      ...HELLO,
      version: put.version,
      httpEtag: put.httpEtag,
      uploaded: put.uploaded,
      httpMetadata: {},
      customMetadata: { a: 'b' },
      range: { offset: 0, length: 5 },
    })
  }
  expect('body' in (await bucket.head(key))!).toBe(false)
})

contract('r2: every put makes a new version, and replaces everything', async () => {
  const key = uniqueName('version')
  const first = await bucket.put(key, 'hello', {
    httpMetadata: { contentType: 'text/plain' },
    customMetadata: { a: 'b' },
  })
  const second = (await bucket.put(key, 'hello'))!
  expect(second.version).not.toBe(first.version)
  expect(second.etag).toBe(first.etag)
  expect(second.uploaded.getTime()).toBeGreaterThanOrEqual(first.uploaded.getTime())
  expect(await bucket.head(key)).toMatchObject({
    version: second.version,
    httpMetadata: {},
    customMetadata: {},
  })
})

contract('r2: the storage class is Standard if none is given', async () => {
  const key = uniqueName('standard')
  expect((await bucket.put(key, 'x'))?.storageClass).toBe('Standard')
  expect((await bucket.head(key))?.storageClass).toBe('Standard')
})

contract('r2: the storage class is the one that was given', async () => {
  const key = uniqueName('infrequent')
  const object = await bucket.put(key, 'x', { storageClass: 'InfrequentAccess' })
  expect(object.storageClass).toBe('InfrequentAccess')
  expect((await bucket.get(key))?.storageClass).toBe('InfrequentAccess')
})

contract('r2: writeHttpMetadata() sets headers and leaves others', async () => {
  const key = uniqueName('headers')
  await bucket.put(key, 'x', {
    httpMetadata: {
      contentType: 'text/css',
      contentLanguage: 'de',
      contentDisposition: 'inline',
      contentEncoding: 'identity',
      cacheControl: 'no-store',
      cacheExpiry: new Date('2030-01-02T03:04:05Z'),
    },
  })
  const headers = new Headers({ 'content-type': 'text/plain', 'x-other': 'stays' })
  const object = await bucket.get(key)
  object!.writeHttpMetadata(headers)
  expect(Object.fromEntries(headers)).toEqual({
    'content-type': 'text/css',
    'content-language': 'de',
    'content-disposition': 'inline',
    'content-encoding': 'identity',
    'cache-control': 'no-store',
    expires: 'Wed, 02 Jan 2030 03:04:05 GMT',
    'x-other': 'stays',
  })
})

contract('r2: keys are taken literally', async () => {
  const prefix = uniqueName('literal')
  const names = ['/', '//a', '/../b', '/.', '?q=1#f', '%20%2F', ' é日😀', '\n\t"\\', '{}', "'; --"]
  const keys = names.map((name) => prefix + name)
  for (const key of keys) await bucket.put(key, key)
  for (const key of keys) {
    expect((await bucket.head(key))?.key).toBe(key)
    expect(await text(key)).toBe(key)
  }
  const { objects } = await bucket.list({ prefix })
  expect(new Set(objects.map(({ key }) => key))).toEqual(new Set(keys))
  await bucket.delete(keys)
  expect((await bucket.list({ prefix })).objects).toEqual([])
})

contract('r2: a key has at most 1024 bytes', async () => {
  const longest = 'é'.repeat(494) + uniqueName('key')
  expect(new TextEncoder().encode(longest).byteLength).toBeLessThanOrEqual(1024)
  const key = longest.padEnd(longest.length + 1024 - new TextEncoder().encode(longest).byteLength, 'k')
  await bucket.put(key, 'hello')
  expect(await text(key)).toBe('hello')

  const longer = `${key}k`
  const message = 'The specified object name is not valid. (10020)'
  await expect(bucket.put(longer, 'x')).rejects.toThrow(`put: ${message}`)
  await expect(bucket.get(longer)).rejects.toThrow(`get: ${message}`)
  await expect(bucket.head(longer)).rejects.toThrow(`head: ${message}`)
  await expect(bucket.delete(longer)).rejects.toThrow(`delete: ${message}`)
  await expect(bucket.createMultipartUpload(longer)).rejects.toThrow(`createMultipartUpload: ${message}`)
})

contract('r2: delete() removes an object, and does not mind an absent one', async () => {
  const key = uniqueName('deleted')
  await bucket.put(key, 'hello')
  expect(await bucket.delete(key)).toBeUndefined()
  expect(await bucket.get(key)).toBeNull()
  expect(await bucket.delete(key)).toBeUndefined()
})

contract('r2: delete() of several keys removes these only', async () => {
  const prefix = uniqueName('several')
  for (const name of ['a', 'b', 'c']) await bucket.put(prefix + name, name)
  await bucket.delete([`${prefix}a`, `${prefix}absent`, `${prefix}c`, `${prefix}a`])
  expect((await bucket.list({ prefix })).objects.map(({ key }) => key)).toEqual([`${prefix}b`])
  expect(await bucket.delete([])).toBeUndefined()
})

contract('r2: one bad key among several removes nothing', async () => {
  const key = uniqueName('kept')
  await bucket.put(key, 'hello')
  await expect(bucket.delete([key, 'k'.repeat(1025)])).rejects.toThrow(
    'delete: The specified object name is not valid. (10020)',
  )
  expect(await text(key)).toBe('hello')
})

contract('r2: two bindings of one bucket share its objects, another bucket does not', async () => {
  const key = uniqueName('shared')
  await bucket.put(key, 'hello')
  expect((await env.SAME_BUCKET.head(key))?.etag).toBe(HELLO.etag)
  expect(await env.OTHER_BUCKET.head(key)).toBeNull()
  await env.OTHER_BUCKET.put(key, 'other')
  await env.OTHER_BUCKET.delete(key)
  expect(await text(key)).toBe('hello')
})

contract('r2: puts at the same time leave one of the values', async () => {
  const key = uniqueName('race')
  const values = Array.from({ length: 8 }, (_, index) => `value ${index}`)
  await Promise.all(values.map((value) => bucket.put(key, value)))
  const object = (await bucket.get(key))!
  const value = await object.text()
  expect(values).toContain(value)
  expect(object.size).toBe(value.length)
})

contract('r2: a stream that ends too early stores nothing', async () => {
  const key = uniqueName('short')
  await bucket.put(key, 'hello')
  const { readable, writable } = new FixedLengthStream(10)
  const writer = writable.getWriter()
  const written = writer.write(new TextEncoder().encode('abc')).then(() => writer.close())
  const [put] = await Promise.allSettled([bucket.put(key, readable), written])
  expect(put.status).toBe('rejected')
  expect(await text(key)).toBe('hello')
})
