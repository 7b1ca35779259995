// R2: `list()`.
import type { R2ListOptions } from '@cloudflare/workers-types/index.ts'
import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'

const bucket = env.BUCKET

/** Puts an object of each name, below a prefix that is new. */
async function filled(names: string[]): Promise<string> {
  const prefix = `${uniqueName('list')}/`
  await Promise.all(names.map((name) => bucket.put(prefix + name, name)))
  return prefix
}

/** One page, with names instead of keys: what follows `prefix`. */
async function page(prefix: string, { prefix: more = '', ...options }: R2ListOptions = {}) {
  const { objects, delimitedPrefixes, ...rest } = await bucket.list({ prefix: prefix + more, ...options })
  const nameOf = (key: string) => key.slice(prefix.length)
  return {
    names: objects.map(({ key }) => nameOf(key)),
    prefixes: delimitedPrefixes.map(nameOf),
    truncated: rest.truncated,
    cursor: rest.truncated ? rest.cursor : undefined,
  }
}

/** All pages, until one is the last. */
async function pages(prefix: string, options: R2ListOptions) {
  const all: Awaited<ReturnType<typeof page>>[] = []
  let cursor: string | undefined
  do {
    all.push(await page(prefix, { ...options, cursor }))
    cursor = all.at(-1)!.cursor
  } while (cursor !== undefined && all.length < 100)
  return all
}

contract('r2: list() sorts by the bytes of UTF-8', async () => {
  const names = [
    '',
    ' ',
    '!',
    '1',
    '10',
    '2',
    'A',
    'B',
    '_',
    'a',
    'a/b',
    'aa',
    'b',
    'é',
    '日',
    '\u{ffee}',
    '😀',
  ]
  const prefix = await filled(names.toReversed())
  expect((await page(prefix)).names).toEqual(names)
})

contract('r2: list() of nothing is empty', async () => {
  expect(await bucket.list({ prefix: uniqueName('nothing') })).toEqual({
    objects: [],
    delimitedPrefixes: [],
    truncated: false,
  })
})

contract('r2: list() without options lists all', async () => {
  const key = uniqueName('all')
  await env.OTHER_BUCKET.put(key, 'x')
  const { objects, truncated } = await env.OTHER_BUCKET.list()
  expect(objects.map((object) => object.key)).toContain(key)
  expect(truncated).toBe(false)
})

contract('r2: pages of every size join to the full list', async () => {
  const names = ['a', 'b', 'c/1', 'c/2', 'd', 'é', '😀']
  const prefix = await filled(names)
  for (let limit = 1; limit <= names.length + 1; limit++) {
    const all = await pages(prefix, { limit })
    expect(all.flatMap((one) => one.names)).toEqual(names)
    expect(all.map((one) => one.names.length)).toEqual(
      Array.from({ length: Math.ceil(names.length / limit) }, (_, index) =>
        Math.min(limit, names.length - index * limit),
      ),
    )
  }
})

contract('r2: the last page is not truncated and has no cursor', async () => {
  const prefix = await filled(['a', 'b'])
  const list = await bucket.list({ prefix, limit: 2 })
  expect(list.truncated).toBe(false)
  expect((list as { cursor?: string }).cursor).toBeUndefined()
})

contract('r2: a cursor survives changes before and behind it', async () => {
  const prefix = await filled(['a', 'b', 'c', 'd'])
  const { cursor } = await page(prefix, { limit: 2 })
  await bucket.delete([`${prefix}a`, `${prefix}b`, `${prefix}c`])
  await bucket.put(`${prefix}aa`, 'x')
  await bucket.put(`${prefix}e`, 'x')
  expect((await page(prefix, { cursor })).names).toEqual(['d', 'e'])
})

contract('r2: a prefix is taken literally and with its case', async () => {
  const prefix = await filled(['a%b', 'a_b', 'a*b', 'aXb', 'A%b', 'a[X]b', 'a'])
  expect((await page(prefix, { prefix: 'a%' })).names).toEqual(['a%b'])
  expect((await page(prefix, { prefix: 'a_' })).names).toEqual(['a_b'])
  expect((await page(prefix, { prefix: 'a*' })).names).toEqual(['a*b'])
  expect((await page(prefix, { prefix: 'a[X]' })).names).toEqual(['a[X]b'])
  expect((await page(prefix, { prefix: 'A' })).names).toEqual(['A%b'])
})

contract('r2: a prefix may be a whole key', async () => {
  const prefix = await filled(['a', 'ab', 'b'])
  expect((await page(prefix, { prefix: 'a' })).names).toEqual(['a', 'ab'])
})

contract('r2: a delimiter groups what follows it', async () => {
  const prefix = await filled(['a', 'b/', 'b/1', 'b/2/3', 'c', 'd/1'])
  expect(await page(prefix, { delimiter: '/' })).toEqual({
    names: ['a', 'c'],
    prefixes: ['b/', 'd/'],
    truncated: false,
  })
  expect(await page(prefix, { prefix: 'b/', delimiter: '/' })).toMatchObject({
    names: ['b/', 'b/1'],
    prefixes: ['b/2/'],
  })
})

contract('r2: a delimiter can be several characters, and the prefix end anywhere', async () => {
  const prefix = await filled(['x--1', 'x--2', 'x-3', 'xy--z--1', 'y'])
  expect(await page(prefix, { delimiter: '--' })).toMatchObject({
    names: ['x-3', 'y'],
    prefixes: ['x--', 'xy--'],
  })
  expect(await page(prefix, { prefix: 'xy', delimiter: '--' })).toMatchObject({
    names: [],
    prefixes: ['xy--'],
  })
})

contract('r2: an empty delimiter is none', async () => {
  const prefix = await filled(['a/1', 'b'])
  expect(await page(prefix, { delimiter: '' })).toMatchObject({ names: ['a/1', 'b'], prefixes: [] })
})

contract('r2: delimited prefixes count towards the limit', async () => {
  const prefix = await filled(['a/1', 'a/2', 'b', 'c/1', 'd'])
  expect(await page(prefix, { delimiter: '/', limit: 2 })).toMatchObject({
    names: ['b'],
    prefixes: ['a/'],
    truncated: true,
  })
})

contract('r2: pages of every size join to the full list with a delimiter', async () => {
  const prefix = await filled(['a', 'b/1', 'b/2', 'b/3', 'c', 'd/1', 'd/2/3', 'e/1'])
  for (let limit = 1; limit <= 6; limit++) {
    const all = await pages(prefix, { delimiter: '/', limit })
    expect(all.flatMap((one) => one.names)).toEqual(['a', 'c'])
    expect(all.flatMap((one) => one.prefixes)).toEqual(['b/', 'd/', 'e/'])
    expect(all).toHaveLength(Math.ceil(5 / limit))
  }
})

contract('r2: startAfter leaves out its key and all before', async () => {
  const prefix = await filled(['a', 'b', 'c'])
  expect((await page(prefix, { startAfter: `${prefix}a` })).names).toEqual(['b', 'c'])
  expect((await page(prefix, { startAfter: `${prefix}aa` })).names).toEqual(['b', 'c'])
  expect((await page(prefix, { startAfter: `${prefix}c` })).names).toEqual([])
  expect((await page(prefix, { startAfter: '' })).names).toEqual(['a', 'b', 'c'])
})

contract('r2: startAfter within a delimited prefix leaves the rest of it', async () => {
  const prefix = await filled(['a/1', 'a/2', 'b'])
  const after = (name: string) => page(prefix, { delimiter: '/', startAfter: prefix + name })
  expect(await after('a/1')).toMatchObject({ names: ['b'], prefixes: ['a/'] })
  expect(await after('a/2')).toMatchObject({ names: ['b'], prefixes: [] })
})

contract('r2: startAfter goes with a limit', async () => {
  const prefix = await filled(['a', 'b', 'c', 'd', 'e'])
  const all = await pages(prefix, { startAfter: `${prefix}a`, limit: 3 })
  expect(all.map((one) => one.names)).toEqual([['b', 'c', 'd'], ['e']])
})

contract('r2: listed objects tell the same as head(), without range', async () => {
  const key = uniqueName('listed')
  const put = (await bucket.put(key, 'hello'))!
  const [object] = (await bucket.list({ prefix: key })).objects
  const { size, etag, httpEtag, version, uploaded } = put
  expect(object).toMatchObject({ key, size, etag, httpEtag, version, uploaded })
  expect(object.range).toBeUndefined()
  expect(object.checksums.toJSON()).toEqual({ md5: etag })
})

contract('r2: listed objects have no metadata unless it is included', async () => {
  const key = uniqueName('without')
  await bucket.put(key, 'x', { httpMetadata: { contentType: 'a/b' }, customMetadata: { a: 'b' } })
  const [object] = (await bucket.list({ prefix: key, include: [] })).objects
  expect([object.httpMetadata, object.customMetadata]).toEqual([undefined, undefined])
})

contract('r2: include asks for one kind of metadata or both', async () => {
  const key = uniqueName('include')
  const [http, custom] = [{ contentType: 'a/b' }, { a: 'b' }]
  await bucket.put(key, 'x', { httpMetadata: http, customMetadata: custom })
  const listed = async (include: R2ListOptions['include']) =>
    (await bucket.list({ prefix: key, include })).objects[0]
  expect(await listed(['httpMetadata'])).toMatchObject({ httpMetadata: http })
  expect((await listed(['httpMetadata'])).customMetadata).not.toEqual(custom)
  expect(await listed(['customMetadata'])).toMatchObject({ customMetadata: custom })
  expect((await listed(['customMetadata'])).httpMetadata).not.toEqual(http)
  expect(await listed(['httpMetadata', 'customMetadata'])).toMatchObject({
    httpMetadata: http,
    customMetadata: custom,
  })
})

contract('r2: metadata that is included and empty is an empty object', async () => {
  const key = uniqueName('empty')
  await bucket.put(key, 'x')
  const { objects } = await bucket.list({ prefix: key, include: ['httpMetadata', 'customMetadata'] })
  expect(objects[0]).toMatchObject({ httpMetadata: {}, customMetadata: {} })
})

contract('r2: include knows two words', async () => {
  const include = ['etag'] as unknown as R2ListOptions['include']
  await expect(bucket.list({ include })).rejects.toThrow(new RangeError('Unsupported include value etag'))
})

contract('r2: pages with metadata may be shorter, and still join to the full list', async () => {
  const prefix = `${uniqueName('heavy')}/`
  const names = Array.from({ length: 120 }, (_, index) => String(index).padStart(3, '0'))
  const customMetadata = { a: 'v'.repeat(8000) }
  await Promise.all(names.map((name) => bucket.put(prefix + name, '', { customMetadata })))
  const all = await pages(prefix, { include: ['httpMetadata', 'customMetadata'], limit: 1000 })
  expect(all.flatMap((one) => one.names)).toEqual(names)
})

contract('r2: a limit is from 1 to 1000', async () => {
  for (const limit of [0, 1001]) {
    await expect(bucket.list({ limit })).rejects.toThrow(
      'list: MaxKeys params must be positive integer <= 1000. (10022)',
    )
  }
  expect((await page(await filled(['a']), { limit: 1000 })).names).toEqual(['a'])
})

contract('r2: a page has 1000 objects at most, and so many can be deleted at once', async () => {
  const prefix = await filled(Array.from({ length: 1001 }, (_, index) => String(index)))
  const all = await pages(prefix, {})
  expect(all.map((one) => one.names.length)).toEqual([1000, 1])
  await bucket.delete(all[0].names.map((name) => prefix + name))
  expect((await page(prefix)).names).toEqual(['999'])
})
