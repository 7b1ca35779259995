// R2: HTTP metadata, custom metadata, checksums and customer-provided keys.
import type * as Workers from '@cloudflare/workers-types/index.ts'
import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'

// The runtime's own constructors: those of Node have the same names in this compilation.
const { Headers } = globalThis as unknown as typeof Workers

const bucket = env.BUCKET

contract('r2: HTTP metadata comes back as it was given', async () => {
  const key = uniqueName('http')
  const httpMetadata = {
    contentType: 'text/css; charset=utf-8',
    contentLanguage: 'de, en',
    contentDisposition: 'attachment; filename="a.css"',
    contentEncoding: 'gzip',
    cacheControl: 'max-age=60',
    cacheExpiry: new Date('2030-01-02T03:04:05.678Z'),
  }
  expect((await bucket.put(key, 'x', { httpMetadata })).httpMetadata).toEqual(httpMetadata)
  expect((await bucket.head(key))?.httpMetadata).toEqual(httpMetadata)
  expect((await bucket.get(key))?.httpMetadata).toEqual(httpMetadata)
})

contract('r2: HTTP metadata can be taken from headers', async () => {
  const key = uniqueName('from_headers')
  const httpMetadata = new Headers({
    'content-type': 'text/css',
    'content-language': 'de',
    'content-disposition': 'inline',
    'content-encoding': 'br',
    'cache-control': 'no-store',
    expires: 'Wed, 02 Jan 2030 03:04:05 GMT',
    'x-other': 'is left out',
  })
  await bucket.put(key, 'x', { httpMetadata })
  expect((await bucket.head(key))?.httpMetadata).toEqual({
    contentType: 'text/css',
    contentLanguage: 'de',
    contentDisposition: 'inline',
    contentEncoding: 'br',
    cacheControl: 'no-store',
    cacheExpiry: new Date('2030-01-02T03:04:05Z'),
  })
})

contract('r2: without metadata there are empty objects', async () => {
  const key = uniqueName('no_metadata')
  await bucket.put(key, 'x', { httpMetadata: {}, customMetadata: {} })
  expect(await bucket.get(key)).toMatchObject({ httpMetadata: {}, customMetadata: {} })
})

contract('r2: custom metadata is any text', async () => {
  const key = uniqueName('custom')
  const customMetadata = { b: '2', a: '1', 'A key': '', é: '日本😀', quotes: '"\\\n', Case: 'x', case: 'y' }
  expect((await bucket.put(key, 'x', { customMetadata })).customMetadata).toEqual(customMetadata)
  expect((await bucket.head(key))?.customMetadata).toEqual(customMetadata)
})

contract('r2: custom metadata has at most 8192 bytes, keys included', async () => {
  const key = uniqueName('custom_size')
  await bucket.put(key, 'old', { customMetadata: { a: 'v'.repeat(4095), bb: 'v'.repeat(4094) } })
  const customMetadata = { a: 'v'.repeat(4095), bb: 'v'.repeat(4095) }
  const message = 'Your metadata headers exceed the maximum allowed metadata size. (10012)'
  await expect(bucket.put(key, 'new', { customMetadata })).rejects.toThrow(`put: ${message}`)
  await expect(bucket.createMultipartUpload(key, { customMetadata })).rejects.toThrow(
    `createMultipartUpload: ${message}`,
  )
  expect(await (await bucket.get(key))?.text()).toBe('old')
})

// Of the value `hello`.
const DIGESTS = {
  md5: '5d41402abc4b2a76b9719d911017c592',
  sha1: 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d',
  sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  sha384: '59e1748777448c69de6b800d7a33bbfb9ff1b463e44354c3553bcdb9c666fa90125a3c79f90397bdf5f6a13de828684f',
  sha512:
    '9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043',
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16))
}

function toHex(buffer: ArrayBuffer | undefined): string {
  return Array.from(new Uint8Array(buffer!), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

contract('r2: MD5 is always among the checksums', async () => {
  const key = uniqueName('md5')
  await bucket.put(key, 'hello')
  const { checksums } = (await bucket.head(key))!
  expect(checksums.md5).toBeInstanceOf(ArrayBuffer)
  expect(toHex(checksums.md5)).toBe(DIGESTS.md5)
  expect(checksums.sha1).toBeUndefined()
  expect(checksums.toJSON()).toEqual({ md5: DIGESTS.md5 })
})

for (const [algorithm, digest] of Object.entries(DIGESTS)) {
  contract(`r2: a right ${algorithm} is accepted and kept`, async () => {
    const key = uniqueName(algorithm)
    const put = await bucket.put(key, 'hello', { [algorithm]: digest })
    const checksums = { md5: DIGESTS.md5, [algorithm]: digest }
    expect(put.checksums.toJSON()).toEqual(checksums)
    expect((await bucket.head(key))?.checksums.toJSON()).toEqual(checksums)
    const { objects } = await bucket.list({ prefix: key })
    expect(objects[0].checksums.toJSON()).toEqual(checksums)
  })

  contract(`r2: a wrong ${algorithm} is an error and leaves the old object`, async () => {
    const key = uniqueName(algorithm)
    await bucket.put(key, 'old')
    const name = algorithm.toUpperCase().replace('SHA', 'SHA-')
    const wrong = digest.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
    await expect(bucket.put(key, 'hello', { [algorithm]: wrong })).rejects.toThrow(
      `put: The ${name} checksum you specified did not match what we received.\n` +
        `You provided a ${name} checksum with value: ${wrong}\n` +
        `Actual ${name} was: ${digest} (10037)`,
    )
    expect(await (await bucket.get(key))?.text()).toBe('old')
  })
}

contract('r2: a digest is hex in either case, a buffer or a view', async () => {
  const key = uniqueName('forms')
  const bytes = fromHex(DIGESTS.sha256)
  for (const sha256 of [DIGESTS.sha256.toUpperCase(), bytes, bytes.buffer as ArrayBuffer]) {
    const { checksums } = await bucket.put(key, 'hello', { sha256 })
    expect(checksums.toJSON().sha256).toBe(DIGESTS.sha256)
  }
})

contract('r2: a digest of the wrong length is refused', async () => {
  const key = uniqueName('length')
  await expect(bucket.put(key, 'hello', { md5: 'abc' })).rejects.toThrow(
    new TypeError('MD5 is 32 hex characters, not 3'),
  )
  await expect(bucket.put(key, 'hello', { md5: new ArrayBuffer(5) })).rejects.toThrow(
    new TypeError('MD5 is 16 bytes, not 5'),
  )
  await expect(bucket.put(key, 'hello', { md5: 'z'.repeat(32) })).rejects.toThrow(
    new TypeError("Provided MD5 wasn't a valid hex string"),
  )
  expect(await bucket.head(key)).toBeNull()
})

contract('r2: two digests are refused', async () => {
  const { md5, sha1 } = DIGESTS
  await expect(bucket.put(uniqueName('two'), 'hello', { md5, sha1 })).rejects.toThrow(
    new TypeError('You cannot specify multiple hashing algorithms.'),
  )
})

const SSEC_KEY = '00112233445566778899aabbccddeeff'.repeat(2)

contract('r2: an object that was put with a key of the customer is read with it', async () => {
  const key = uniqueName('ssec')
  await bucket.put(key, 'hello', { ssecKey: SSEC_KEY })
  expect(await (await bucket.get(key, { ssecKey: SSEC_KEY }))?.text()).toBe('hello')
  const ssecKey = fromHex(SSEC_KEY).buffer as ArrayBuffer
  expect(await (await bucket.get(key, { ssecKey }))?.text()).toBe('hello')
})

contract('r2: an object tells the MD5 of the key of the customer', async () => {
  const key = uniqueName('ssec')
  const digest = toHex(await crypto.subtle.digest('MD5', fromHex(SSEC_KEY) as Uint8Array<ArrayBuffer>))
  expect((await bucket.put(key, 'hello', { ssecKey: SSEC_KEY })).ssecKeyMd5).toBe(digest)
  expect((await bucket.get(key, { ssecKey: SSEC_KEY }))?.ssecKeyMd5).toBe(digest)
})

contract('r2: an object that was put with a key of the customer is not read without it', async () => {
  const key = uniqueName('ssec')
  await bucket.put(key, 'hello', { ssecKey: SSEC_KEY })
  await expect(bucket.get(key)).rejects.toThrow(/^get: /)
})

contract('r2: an object that was put with a key of the customer is not read with another', async () => {
  const key = uniqueName('ssec')
  await bucket.put(key, 'hello', { ssecKey: SSEC_KEY })
  await expect(bucket.get(key, { ssecKey: 'f'.repeat(64) })).rejects.toThrow(/^get: /)
})

contract('r2: a key of the customer has 32 bytes', async () => {
  const key = uniqueName('ssec')
  await expect(bucket.put(key, 'x', { ssecKey: 'z'.repeat(64) })).rejects.toThrow(
    'SSE-C Key has invalid format',
  )
  await expect(bucket.put(key, 'x', { ssecKey: 'abcd' })).rejects.toThrow(
    'SSE-C Key must be 32 bytes in length',
  )
  await expect(bucket.put(key, 'x', { ssecKey: new ArrayBuffer(31) })).rejects.toThrow(
    'SSE-C Key must be 32 bytes in length',
  )
})

contract('r2: the parts of an upload are put with its key of the customer', async () => {
  const key = uniqueName('ssec')
  const upload = await bucket.createMultipartUpload(key, { ssecKey: SSEC_KEY })
  const part = await upload.uploadPart(1, 'hello', { ssecKey: SSEC_KEY })
  await upload.complete([part])
  expect(await (await bucket.get(key, { ssecKey: SSEC_KEY }))?.text()).toBe('hello')
})
