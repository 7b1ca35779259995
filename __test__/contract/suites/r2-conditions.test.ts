// R2: `onlyIf` of `get()` and `put()`.
import type * as Workers from '@cloudflare/workers-types/index.ts'
import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'

// The runtime's own constructors: those of Node have the same names in this compilation.
const { Headers } = globalThis as unknown as typeof Workers

const bucket = env.BUCKET

type Condition = Workers.R2Conditional | Workers.Headers

/** Stores an object, and tells of each condition whether `get()` found it to hold. */
async function holds(
  conditions: (object: { etag: string; at: (offsetMs: number) => Date }) => Condition[],
): Promise<boolean[]> {
  const key = uniqueName('condition')
  const { etag, uploaded } = (await bucket.put(key, 'hello'))!
  const at = (offsetMs: number) => new Date(uploaded.getTime() + offsetMs)
  const answers: boolean[] = []
  for (const onlyIf of conditions({ etag, at })) {
    const object = (await bucket.get(key, { onlyIf }))!
    answers.push('body' in object && (await object.text()) === 'hello')
  }
  return answers
}

async function text(key: string): Promise<string | undefined> {
  return (await bucket.get(key))?.text()
}

contract('r2: get() with a condition that fails gives the object without body', async () => {
  const key = uniqueName('bodiless')
  const { etag, version } = (await bucket.put(key, 'hello', { customMetadata: { a: 'b' } }))!
  const object = await bucket.get(key, { onlyIf: { etagDoesNotMatch: etag } })
  expect(object).toMatchObject({ key, etag, version, size: 5, customMetadata: { a: 'b' } })
  expect('body' in object!).toBe(false)
})

contract('r2: get() of an absent key is null under every condition', async () => {
  const key = uniqueName('absent')
  expect(await bucket.get(key, { onlyIf: { etagMatches: 'a' } })).toBeNull()
  expect(await bucket.get(key, { onlyIf: { etagDoesNotMatch: '*' } })).toBeNull()
})

contract('r2: etagMatches compares with the etag', async () => {
  expect(await holds(({ etag }) => [{ etagMatches: etag }, { etagMatches: 'other' }])).toEqual([true, false])
})

contract('r2: etagDoesNotMatch compares with the etag', async () => {
  expect(await holds(({ etag }) => [{ etagDoesNotMatch: etag }, { etagDoesNotMatch: 'other' }])).toEqual([
    false,
    true,
  ])
})

contract('r2: an asterisk matches every etag', async () => {
  expect(await holds(() => [{ etagMatches: '*' }, { etagDoesNotMatch: '*' }])).toEqual([true, false])
})

contract('r2: an etag in quotes is refused', async () => {
  await expect(bucket.get(uniqueName('quoted'), { onlyIf: { etagMatches: '"abc"' } })).rejects.toThrow(
    new TypeError('Conditional ETag should not be wrapped in quotes ("abc").'),
  )
})

contract('r2: uploadedBefore and uploadedAfter are exclusive', async () => {
  expect(
    await holds(({ at }) => [
      { uploadedBefore: at(1) },
      { uploadedBefore: at(0) },
      { uploadedBefore: at(-1) },
      { uploadedAfter: at(1) },
      { uploadedAfter: at(0) },
      { uploadedAfter: at(-1) },
    ]),
  ).toEqual([true, false, false, false, false, true])
})

contract('r2: secondsGranularity leaves the milliseconds out of the comparison', async () => {
  expect(
    await holds(({ at }) => {
      const intoSecond = at(0).getTime() % 1000
      const start = at(-intoSecond)
      const end = at(999 - intoSecond)
      const next = at(1000 - intoSecond)
      return [
        { uploadedAfter: start, secondsGranularity: true },
        { uploadedBefore: end, secondsGranularity: true },
        { uploadedBefore: next, secondsGranularity: true },
        { uploadedAfter: at(-1000), secondsGranularity: true },
      ]
    }),
  ).toEqual([false, false, true, true])
})

contract('r2: several conditions must all hold', async () => {
  expect(
    await holds(({ etag, at }) => [
      { etagMatches: etag, uploadedAfter: at(-1) },
      { etagMatches: etag, uploadedAfter: at(1) },
      { etagMatches: 'other', uploadedAfter: at(-1) },
      { etagMatches: etag, etagDoesNotMatch: 'other' },
      { etagMatches: etag, etagDoesNotMatch: etag },
      { uploadedBefore: at(1), uploadedAfter: at(-1) },
    ]),
  ).toEqual([true, false, false, true, false, true])
})

contract('r2: an etag that decides makes the date beside it irrelevant', async () => {
  expect(
    await holds(({ etag, at }) => [
      { etagMatches: etag, uploadedBefore: at(-1000) },
      { etagDoesNotMatch: 'other', uploadedAfter: at(1000) },
    ]),
  ).toEqual([true, true])
})

contract('r2: conditions can be headers', async () => {
  expect(
    await holds(({ etag }) => [
      new Headers({ 'if-match': `"${etag}"` }),
      new Headers({ 'if-match': '"other"' }),
      new Headers({ 'if-none-match': `"${etag}"` }),
      new Headers({ 'if-none-match': '"other"' }),
      new Headers(),
    ]),
  ).toEqual([true, false, false, true, true])
})

contract('r2: headers may have a list of etags or an asterisk', async () => {
  expect(
    await holds(({ etag }) => [
      new Headers({ 'if-match': `"other", "${etag}"` }),
      new Headers({ 'if-match': '"other", "another"' }),
      new Headers({ 'if-none-match': `"other", "${etag}"` }),
      new Headers({ 'if-none-match': '"other", "another"' }),
      new Headers({ 'if-match': '*' }),
      new Headers({ 'if-none-match': '*' }),
    ]),
  ).toEqual([true, false, false, true, true, false])
})

contract('r2: a weak etag is good enough for If-None-Match, not for If-Match', async () => {
  expect(
    await holds(({ etag }) => [
      new Headers({ 'if-match': `W/"${etag}"` }),
      new Headers({ 'if-none-match': `W/"${etag}"` }),
    ]),
  ).toEqual([false, false])
})

contract('r2: an etag in a header without quotes is refused', async () => {
  const onlyIf = new Headers({ 'if-match': 'abc' })
  await expect(bucket.get(uniqueName('unquoted'), { onlyIf })).rejects.toThrow(
    'Invalid ETag in if-match header',
  )
})

contract('r2: dates in headers have whole seconds', async () => {
  expect(
    await holds(({ at }) => [
      new Headers({ 'if-modified-since': at(0).toUTCString() }),
      new Headers({ 'if-modified-since': at(-1000).toUTCString() }),
      new Headers({ 'if-unmodified-since': at(1000).toUTCString() }),
      new Headers({ 'if-unmodified-since': at(-1000).toUTCString() }),
    ]),
  ).toEqual([false, true, true, false])
})

contract('r2: a condition and a range go together', async () => {
  const key = uniqueName('range')
  const { etag } = (await bucket.put(key, 'hello'))!
  const range = { offset: 1, length: 2 }
  const object = await bucket.get(key, { onlyIf: { etagMatches: etag }, range })
  expect('body' in object! && (await object.text())).toBe('el')
  for (const offset of [1, 500]) {
    const failed = await bucket.get(key, { onlyIf: { etagMatches: 'other' }, range: { offset } })
    expect('body' in failed!).toBe(false)
  }
})

contract('r2: put() with a condition that fails gives null and leaves the old object', async () => {
  const key = uniqueName('put')
  const { version } = (await bucket.put(key, 'old', { customMetadata: { a: 'b' } }))!
  const value = new Uint8Array(100_000)
  expect(await bucket.put(key, value, { onlyIf: { etagMatches: 'other' } })).toBeNull()
  expect(await bucket.head(key)).toMatchObject({ version, size: 3, customMetadata: { a: 'b' } })
  expect(await text(key)).toBe('old')
})

contract('r2: put() looks at the digest before the condition', async () => {
  const key = uniqueName('both')
  await bucket.put(key, 'old')
  const options = { onlyIf: { etagMatches: 'other' }, md5: '0'.repeat(32) }
  await expect(bucket.put(key, 'new', options)).rejects.toThrow('(10037)')
  expect(await text(key)).toBe('old')
})

contract('r2: put() with a condition that holds replaces the object', async () => {
  const key = uniqueName('replaced')
  const { etag } = (await bucket.put(key, 'old'))!
  expect(await bucket.put(key, 'new', { onlyIf: { etagMatches: etag } })).toMatchObject({ key, size: 3 })
  expect(await text(key)).toBe('new')
})

contract('r2: put() that no etag may match creates only', async () => {
  const key = uniqueName('created')
  expect(await bucket.put(key, 'first', { onlyIf: { etagDoesNotMatch: '*' } })).toMatchObject({ key })
  expect(await bucket.put(key, 'second', { onlyIf: { etagDoesNotMatch: '*' } })).toBeNull()
  const onlyIf = new Headers({ 'if-none-match': '*' })
  expect(await bucket.put(key, 'third', { onlyIf })).toBeNull()
  expect(await text(key)).toBe('first')
})

contract('r2: put() that an etag must match does not create', async () => {
  const key = uniqueName('uncreated')
  expect(await bucket.put(key, 'x', { onlyIf: { etagMatches: '*' } })).toBeNull()
  expect(await bucket.put(key, 'x', { onlyIf: { etagMatches: 'abc' } })).toBeNull()
  expect(await bucket.head(key)).toBeNull()
})

contract('r2: put() compares dates', async () => {
  const key = uniqueName('dates')
  const { uploaded } = (await bucket.put(key, 'old'))!
  const later = new Date(uploaded.getTime() + 60_000)
  const earlier = new Date(uploaded.getTime() - 60_000)
  expect(await bucket.put(key, 'new', { onlyIf: { uploadedAfter: later } })).toBeNull()
  expect(await bucket.put(key, 'new', { onlyIf: { uploadedBefore: earlier } })).toBeNull()
  expect(await text(key)).toBe('old')
  expect(await bucket.put(key, 'new', { onlyIf: { uploadedBefore: later } })).not.toBeNull()
  expect(await text(key)).toBe('new')
})

contract('r2: of several puts that create only, one wins', async () => {
  const key = uniqueName('race')
  const onlyIf = { etagDoesNotMatch: '*' }
  const puts = Array.from({ length: 6 }, (_, index) => bucket.put(key, `value ${index}`, { onlyIf }))
  const winners = (await Promise.all(puts)).filter((object) => object !== null)
  expect(winners).toHaveLength(1)
  expect((await bucket.head(key))?.etag).toBe(winners[0].etag)
})
