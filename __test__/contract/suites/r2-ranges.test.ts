// R2: parts of objects.
import type * as Workers from '@cloudflare/workers-types/index.ts'
import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'

// The runtime's own constructors: those of Node have the same names in this compilation.
const { Headers } = globalThis as unknown as typeof Workers

const bucket = env.BUCKET

type Range = Workers.R2Range | Workers.Headers

/** What `get()` with a range answers, for an object of the five bytes `01234` or of `value`. */
async function part(range: Range | object, value = '01234') {
  const key = uniqueName('range')
  await bucket.put(key, value)
  const object = (await bucket.get(key, { range: range as Range }))!
  return { range: object.range, text: await object.text(), size: object.size }
}

function header(value: string): Workers.Headers {
  return new Headers({ range: value })
}

const WHOLE = { range: { offset: 0, length: 5 }, text: '01234', size: 5 }
const UNSATISFIABLE = 'get: The requested range is not satisfiable (10039)'

contract('r2: a range has an offset and a length', async () => {
  expect(await part({ offset: 1, length: 2 })).toEqual({
    range: { offset: 1, length: 2 },
    text: '12',
    size: 5,
  })
})

contract('r2: a range without offset starts at the beginning', async () => {
  expect(await part({ length: 2 })).toEqual({ range: { offset: 0, length: 2 }, text: '01', size: 5 })
})

contract('r2: a range without length goes to the end', async () => {
  expect(await part({ offset: 3 })).toEqual({ range: { offset: 3, length: 2 }, text: '34', size: 5 })
})

contract('r2: a range past the end is cut', async () => {
  expect(await part({ offset: 4, length: 20 })).toEqual({
    range: { offset: 4, length: 1 },
    text: '4',
    size: 5,
  })
  expect(await part({ length: 20 })).toEqual(WHOLE)
})

contract('r2: a suffix counts from the end', async () => {
  expect(await part({ suffix: 2 })).toEqual({ range: { offset: 3, length: 2 }, text: '34', size: 5 })
})

contract('r2: a suffix that is too long is the whole object', async () => {
  expect(await part({ suffix: 5 })).toEqual(WHOLE)
  expect(await part({ suffix: 20 })).toEqual(WHOLE)
})

contract('r2: an empty range object is the whole object', async () => {
  expect(await part({})).toEqual(WHOLE)
})

contract('r2: an offset at the end or behind it is not satisfiable', async () => {
  await expect(part({ offset: 5 })).rejects.toThrow(UNSATISFIABLE)
  await expect(part({ offset: 500, length: 1 })).rejects.toThrow(UNSATISFIABLE)
})

contract('r2: a length or suffix of zero is not satisfiable', async () => {
  await expect(part({ length: 0 })).rejects.toThrow(UNSATISFIABLE)
  await expect(part({ offset: 1, length: 0 })).rejects.toThrow(UNSATISFIABLE)
  await expect(part({ suffix: 0 })).rejects.toThrow(UNSATISFIABLE)
})

contract('r2: no offset and no suffix of an empty object is satisfiable', async () => {
  await expect(part({ offset: 0 }, '')).rejects.toThrow(UNSATISFIABLE)
  await expect(part({ offset: 1 }, '')).rejects.toThrow(UNSATISFIABLE)
  await expect(part({ suffix: 1 }, '')).rejects.toThrow(UNSATISFIABLE)
})

contract('r2: no length of an empty object is satisfiable', async () => {
  await expect(part({ length: 1 }, '')).rejects.toThrow(UNSATISFIABLE)
  await expect(part({ offset: 0, length: 1 }, '')).rejects.toThrow(UNSATISFIABLE)
})

contract('r2: a range header of an empty object is ignored', async () => {
  const empty = { range: { offset: 0, length: 0 }, text: '', size: 0 }
  expect(await part(header('bytes=0-'), '')).toEqual(empty)
  expect(await part(header('bytes=-1'), '')).toEqual(empty)
})

contract('r2: a range of an absent key is null', async () => {
  expect(await bucket.get(uniqueName('absent'), { range: { offset: 5 } })).toBeNull()
})

contract('r2: a range header has the usual forms', async () => {
  expect(await part(header('bytes=1-2'))).toEqual({ range: { offset: 1, length: 2 }, text: '12', size: 5 })
  expect(await part(header('bytes=3-'))).toEqual({ range: { offset: 3, length: 2 }, text: '34', size: 5 })
  expect(await part(header('bytes=-2'))).toEqual({ range: { offset: 3, length: 2 }, text: '34', size: 5 })
  expect(await part(header('bytes=4-20'))).toEqual({ range: { offset: 4, length: 1 }, text: '4', size: 5 })
  expect(await part(header('bytes=-20'))).toEqual(WHOLE)
})

contract('r2: a range header that is not understood is ignored', async () => {
  expect(await part(header('bytes=a-b'))).toEqual(WHOLE)
  expect(await part(header('lines=1-2'))).toEqual(WHOLE)
  expect(await part(header('bytes=3-1'))).toEqual(WHOLE)
  expect(await part(new Headers())).toEqual(WHOLE)
})

contract('r2: a range header that is not satisfiable is ignored', async () => {
  expect(await part(header('bytes=5-'))).toEqual(WHOLE)
  expect(await part(header('bytes=500-600'))).toEqual(WHOLE)
})

contract('r2: a range header with several ranges is ignored', async () => {
  expect(await part(header('bytes=0-1,3-4'))).toEqual(WHOLE)
})

contract('r2: numbers of a range are whole and not negative', async () => {
  await expect(part({ offset: -1 })).rejects.toThrow(
    new RangeError('Invalid range. Starting offset (-1) must be greater than or equal to 0.'),
  )
  await expect(part({ length: -1 })).rejects.toThrow(
    new RangeError('Invalid range. Length (-1) must be greater than or equal to 0.'),
  )
  await expect(part({ suffix: -1 })).rejects.toThrow(
    new RangeError('Invalid suffix. Suffix (-1) must be greater than or equal to 0.'),
  )
  await expect(part({ offset: 1.5 })).rejects.toThrow(
    new RangeError('Invalid range. Starting offset (1.5) must be an integer, not floating point.'),
  )
})

contract('r2: a suffix goes with nothing else', async () => {
  await expect(part({ suffix: 1, offset: 1 })).rejects.toThrow(
    new TypeError('Suffix is incompatible with offset.'),
  )
  await expect(part({ suffix: 1, length: 1 })).rejects.toThrow(
    new TypeError('Suffix is incompatible with length.'),
  )
})

contract('r2: a range of a large object crosses what is stored in pieces', async () => {
  const key = uniqueName('large')
  await bucket.put(
    key,
    new Uint8Array(3_000_000).map((_, index) => (index >> 8) % 251),
  )
  const object = (await bucket.get(key, { range: { offset: 1_048_000, length: 1_000_000 } }))!
  const bytes = await object.bytes()
  expect(bytes.byteLength).toBe(1_000_000)
  expect(bytes.every((byte, index) => byte === ((index + 1_048_000) >> 8) % 251)).toBe(true)
})

contract('r2: a range keeps the etag and the checksums of the whole object', async () => {
  const key = uniqueName('etag')
  const { etag } = (await bucket.put(key, '01234'))!
  const object = (await bucket.get(key, { range: { suffix: 1 } }))!
  expect(object.etag).toBe(etag)
  expect(object.checksums.toJSON()).toEqual({ md5: etag })
})
