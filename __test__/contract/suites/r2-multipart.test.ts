// R2: uploads in parts.
import type * as Workers from '@cloudflare/workers-types/index.ts'
import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'

// The runtime's own constructors: those of Node have the same names in this compilation.
const { Blob, FixedLengthStream, Response } = globalThis as unknown as typeof Workers

const bucket = env.BUCKET

/** Every part but the last has at least this size. */
const SMALLEST = 5 * 1024 * 1024

const NO_SUCH_UPLOAD = 'The specified multipart upload does not exist. (10024)'
const NO_SUCH_PART = 'completeMultipartUpload: One or more of the specified parts could not be found. (10025)'
const TOO_SMALL =
  'completeMultipartUpload: Your proposed upload is smaller than the minimum allowed object size. (10011)'
const UNEQUAL = 'completeMultipartUpload: There was a problem with the multipart upload. (10048)'
const INTERNAL = 'We encountered an internal error. Please try again. (10001)'

function bytes(size: number, fill: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(size).fill(fill)
}

async function md5(value: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('MD5', value))
}

/** The etag of an object of these parts. */
async function etagOf(...parts: Uint8Array<ArrayBuffer>[]): Promise<string> {
  const digests = await Promise.all(parts.map(md5))
  const digest = await md5(Uint8Array.from(digests.flatMap((one) => [...one])))
  return `${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}-${parts.length}`
}

async function text(key: string): Promise<string | undefined> {
  return (await bucket.get(key))?.text()
}

contract('r2: an upload has a key and an id', async () => {
  const key = uniqueName('upload')
  const upload = await bucket.createMultipartUpload(key)
  expect(upload.key).toBe(key)
  expect(upload.uploadId).toMatch(/^.{16,}$/)
  expect((await bucket.createMultipartUpload(key)).uploadId).not.toBe(upload.uploadId)
  expect(await bucket.head(key)).toBeNull()
})

contract('r2: an upload of one part may be small', async () => {
  const key = uniqueName('one')
  const upload = await bucket.createMultipartUpload(key)
  const part = await upload.uploadPart(1, 'hello')
  expect(part).toEqual({ partNumber: 1, etag: expect.stringMatching(/./) })
  const etag = await etagOf(new TextEncoder().encode('hello'))
  const object = await upload.complete([part])
  expect(object).toMatchObject({ key, size: 5, etag, httpEtag: `"${etag}"` })
  expect(object.checksums.toJSON()).toEqual({})
  expect(await text(key)).toBe('hello')
  expect(await bucket.head(key)).toMatchObject({ size: 5, etag, version: object.version })
})

contract('r2: parts join in the order of their numbers', async () => {
  const key = uniqueName('order')
  const [first, second, last] = [bytes(SMALLEST, 1), bytes(SMALLEST, 2), bytes(3, 3)]
  const upload = await bucket.createMultipartUpload(key)
  const part30 = await upload.uploadPart(30, last)
  const part2 = await upload.uploadPart(2, first)
  const part7 = await upload.uploadPart(7, second)
  const object = await upload.complete([part2, part7, part30])
  expect(object).toMatchObject({ size: 2 * SMALLEST + 3, etag: await etagOf(first, second, last) })
  const joined = (await (await bucket.get(key))?.bytes())!
  expect([0, SMALLEST - 1, SMALLEST, 2 * SMALLEST - 1, 2 * SMALLEST].map((at) => joined[at])).toEqual([
    1, 1, 2, 2, 3,
  ])
})

contract('r2: a range crosses parts', async () => {
  const key = uniqueName('range')
  const upload = await bucket.createMultipartUpload(key)
  const parts = [await upload.uploadPart(1, bytes(SMALLEST, 1)), await upload.uploadPart(2, 'end')]
  await upload.complete(parts)
  const object = (await bucket.get(key, { range: { offset: SMALLEST - 2, length: 4 } }))!
  expect(object.range).toEqual({ offset: SMALLEST - 2, length: 4 })
  expect([...(await object.bytes())]).toEqual([1, 1, 0x65, 0x6e])
  expect(await (await bucket.get(key, { range: { suffix: 2 } }))?.text()).toBe('nd')
})

contract('r2: metadata of an upload is that of its object', async () => {
  const key = uniqueName('metadata')
  const metadata = { httpMetadata: { contentType: 'a/b' }, customMetadata: { a: 'b' } }
  const upload = await bucket.createMultipartUpload(key, metadata)
  expect(await upload.complete([await upload.uploadPart(1, 'x')])).toMatchObject(metadata)
  expect(await bucket.head(key)).toMatchObject(metadata)
})

contract('r2: the storage class of an upload is that of its object', async () => {
  const key = uniqueName('class')
  const upload = await bucket.createMultipartUpload(key, { storageClass: 'InfrequentAccess' })
  await upload.complete([await upload.uploadPart(1, 'x')])
  expect((await bucket.head(key))?.storageClass).toBe('InfrequentAccess')
})

contract('r2: an upload can be resumed', async () => {
  const key = uniqueName('resumed')
  const { uploadId } = await bucket.createMultipartUpload(key)
  const upload = bucket.resumeMultipartUpload(key, uploadId)
  expect([upload.key, upload.uploadId]).toEqual([key, uploadId])
  const part = await upload.uploadPart(1, 'hello')
  await bucket.resumeMultipartUpload(key, uploadId).complete([part])
  expect(await text(key)).toBe('hello')
})

contract('r2: a part can be of every type', async () => {
  const key = uniqueName('types')
  const fixed = new FixedLengthStream(5)
  const writer = fixed.writable.getWriter()
  void writer.write(new TextEncoder().encode('hello'))
  void writer.close()
  const view = new TextEncoder().encode('hello')
  for (const value of [
    'hello',
    view,
    view.buffer,
    new Blob(['hello']),
    new Response('hello').body!,
    fixed.readable,
  ]) {
    const upload = await bucket.createMultipartUpload(key)
    await upload.complete([await upload.uploadPart(1, value)])
    expect(await text(key)).toBe('hello')
    await bucket.delete(key)
  }
})

contract('r2: parts are kept when they are not listed by complete()', async () => {
  const key = uniqueName('unlisted')
  const upload = await bucket.createMultipartUpload(key)
  await upload.uploadPart(1, 'not this')
  const part = await upload.uploadPart(2, 'this')
  expect(await upload.complete([part])).toMatchObject({ size: 4 })
  expect(await text(key)).toBe('this')
})

contract('r2: a part that is uploaded again replaces the first', async () => {
  const key = uniqueName('again')
  const upload = await bucket.createMultipartUpload(key)
  const old = await upload.uploadPart(1, 'old')
  const part = await upload.uploadPart(1, 'new')
  expect(part.etag).not.toBe(old.etag)
  await expect(upload.complete([old])).rejects.toThrow(NO_SUCH_PART)
  await upload.complete([part])
  expect(await text(key)).toBe('new')
})

contract('r2: an upload replaces an object only when it is complete', async () => {
  const key = uniqueName('replaces')
  const { version } = await bucket.put(key, 'old', { customMetadata: { a: 'b' } })
  const upload = await bucket.createMultipartUpload(key)
  const part = await upload.uploadPart(1, 'new')
  expect(await text(key)).toBe('old')
  const object = await upload.complete([part])
  expect(object.version).not.toBe(version)
  expect(await bucket.head(key)).toMatchObject({ size: 3, customMetadata: {} })
  expect(await text(key)).toBe('new')
})

contract('r2: an object of parts can be replaced and deleted', async () => {
  const key = uniqueName('replaced')
  const upload = await bucket.createMultipartUpload(key)
  await upload.complete([await upload.uploadPart(1, 'parts')])
  await bucket.put(key, 'whole')
  expect(await text(key)).toBe('whole')
  const another = await bucket.createMultipartUpload(key)
  await another.complete([await another.uploadPart(1, 'parts')])
  await bucket.delete(key)
  expect(await bucket.get(key)).toBeNull()
})

contract('r2: an upload without parts is an empty object', async () => {
  const key = uniqueName('empty')
  const upload = await bucket.createMultipartUpload(key)
  expect(await upload.complete([])).toMatchObject({ size: 0, etag: 'd41d8cd98f00b204e9800998ecf8427e-0' })
  expect(await text(key)).toBe('')
})

contract('r2: two uploads of one key do not see each other', async () => {
  const key = uniqueName('two')
  const one = await bucket.createMultipartUpload(key)
  const other = await bucket.createMultipartUpload(key)
  const part = await one.uploadPart(1, 'one')
  const otherPart = await other.uploadPart(1, 'other')
  await expect(one.complete([otherPart])).rejects.toThrow(NO_SUCH_PART)
  await one.complete([part])
  await other.complete([otherPart])
  expect(await text(key)).toBe('other')
})

contract('r2: every part but the last has 5 MiB', async () => {
  const key = uniqueName('small')
  const upload = await bucket.createMultipartUpload(key)
  const parts = [await upload.uploadPart(1, bytes(SMALLEST - 1, 1)), await upload.uploadPart(2, 'end')]
  await expect(upload.complete(parts)).rejects.toThrow(TOO_SMALL)
  expect(await bucket.head(key)).toBeNull()
})

contract('r2: every part but the last has the same size', async () => {
  const key = uniqueName('unequal')
  const upload = await bucket.createMultipartUpload(key)
  const parts = [
    await upload.uploadPart(1, bytes(SMALLEST, 1)),
    await upload.uploadPart(2, bytes(SMALLEST + 1, 2)),
    await upload.uploadPart(3, 'end'),
  ]
  await expect(upload.complete(parts)).rejects.toThrow(UNEQUAL)
})

contract('r2: the last part is not the largest', async () => {
  const key = uniqueName('largest')
  const upload = await bucket.createMultipartUpload(key)
  const parts = [
    await upload.uploadPart(1, bytes(SMALLEST, 1)),
    await upload.uploadPart(2, bytes(SMALLEST + 1, 2)),
  ]
  await expect(upload.complete(parts)).rejects.toThrow(UNEQUAL)
})

contract('r2: an upload that could not be completed goes on', async () => {
  const key = uniqueName('goes_on')
  const upload = await bucket.createMultipartUpload(key)
  const parts = [await upload.uploadPart(1, 'too small'), await upload.uploadPart(2, 'end')]
  await expect(upload.complete(parts)).rejects.toThrow(TOO_SMALL)
  await upload.complete([parts[1]])
  expect(await text(key)).toBe('end')
})

contract('r2: complete() wants parts that exist, with their etags', async () => {
  const upload = await bucket.createMultipartUpload(uniqueName('unknown'))
  const { etag } = await upload.uploadPart(1, 'x')
  await expect(upload.complete([{ partNumber: 2, etag }])).rejects.toThrow(NO_SUCH_PART)
  await expect(upload.complete([{ partNumber: 1, etag: 'other' }])).rejects.toThrow(NO_SUCH_PART)
})

contract('r2: complete() wants every part once', async () => {
  const upload = await bucket.createMultipartUpload(uniqueName('twice'))
  const part = await upload.uploadPart(1, 'x')
  await expect(upload.complete([part, part])).rejects.toThrow(`completeMultipartUpload: ${INTERNAL}`)
})

contract('r2: a part number is from 1 to 10000', async () => {
  const upload = await bucket.createMultipartUpload(uniqueName('numbers'))
  for (const number of [0, 10_001]) {
    await expect(upload.uploadPart(number, 'x')).rejects.toThrow(
      new TypeError(`Part number must be between 1 and 10000 (inclusive). Actual value was: ${number}`),
    )
  }
  await upload.complete([await upload.uploadPart(10_000, 'x')])
  expect(await text(upload.key)).toBe('x')
})

contract('r2: nothing can be done with an upload that is complete', async () => {
  const upload = await bucket.createMultipartUpload(uniqueName('complete'))
  const part = await upload.uploadPart(1, 'x')
  await upload.complete([part])
  await expect(upload.complete([part])).rejects.toThrow(`completeMultipartUpload: ${NO_SUCH_UPLOAD}`)
  await expect(upload.uploadPart(2, 'x')).rejects.toThrow(`uploadPart: ${NO_SUCH_UPLOAD}`)
})

contract('r2: abort() of an upload that is complete leaves the object', async () => {
  const upload = await bucket.createMultipartUpload(uniqueName('left'))
  await upload.complete([await upload.uploadPart(1, 'x')])
  expect(await upload.abort()).toBeUndefined()
  expect(await text(upload.key)).toBe('x')
})

contract('r2: abort() ends an upload, once or twice', async () => {
  const upload = await bucket.createMultipartUpload(uniqueName('aborted'))
  const part = await upload.uploadPart(1, 'x')
  expect(await upload.abort()).toBeUndefined()
  expect(await upload.abort()).toBeUndefined()
  await expect(upload.uploadPart(1, 'x')).rejects.toThrow(`uploadPart: ${NO_SUCH_UPLOAD}`)
  await expect(upload.complete([part])).rejects.toThrow(`completeMultipartUpload: ${NO_SUCH_UPLOAD}`)
  expect(await bucket.head(upload.key)).toBeNull()
})

contract('r2: an upload that never existed is found out when it is used', async () => {
  const upload = bucket.resumeMultipartUpload(uniqueName('never'), 'never')
  await expect(upload.uploadPart(1, 'x')).rejects.toThrow(`uploadPart: ${NO_SUCH_UPLOAD}`)
  await expect(upload.complete([])).rejects.toThrow(`completeMultipartUpload: ${INTERNAL}`)
  await expect(upload.abort()).rejects.toThrow(`abortMultipartUpload: ${INTERNAL}`)
})

contract('r2: an upload belongs to its key and its bucket', async () => {
  const { key, uploadId } = await bucket.createMultipartUpload(uniqueName('belongs'))
  const elsewhere = [
    bucket.resumeMultipartUpload(`${key}_other`, uploadId),
    env.OTHER_BUCKET.resumeMultipartUpload(key, uploadId),
  ]
  for (const upload of elsewhere) {
    await expect(upload.uploadPart(1, 'x')).rejects.toThrow(`uploadPart: ${NO_SUCH_UPLOAD}`)
  }
})
