import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { any, contract, errorOf, uniqueName } from '../contract.ts'
import { names, ODD_KEY, someKeys } from '../kv.ts'

const { KV, OTHER_KV } = env

contract('kv: a key may have any character', async () => {
  const key = uniqueName('odd') + ODD_KEY
  await KV.put(key, 'odd', { metadata: 1 })
  expect(await KV.get(key)).toBe('odd')
  expect(names(await KV.list({ prefix: key }))).toEqual([key])
  expect(await KV.get([key])).toEqual(new Map([[key, 'odd']]))
  await KV.delete(key)
  expect(await KV.get(key)).toBeNull()
})

for (const key of ['../x', '%41', '%zz', 'bulk/get', '/', ' ', '...', 'a\nb', '?', '#']) {
  contract(`kv: ${JSON.stringify(key)} is a key`, async () => {
    await OTHER_KV.put(key, `value of ${key}`)
    expect(await OTHER_KV.get(key)).toBe(`value of ${key}`)
    await OTHER_KV.delete(key)
    expect(await OTHER_KV.get(key)).toBeNull()
  })
}

contract('kv: keys differ in case', async () => {
  const key = uniqueName('k')
  await KV.put(`${key}a`, 'lower')
  expect(await KV.get(`${key}A`)).toBeNull()
})

contract('kv: keys are not normalized', async () => {
  const prefix = uniqueName('k')
  await KV.put(`${prefix}\u00e9`, 'one character')
  expect(await KV.get(`${prefix}e\u0301`)).toBeNull()
})

contract('kv: a key is made a string', async () => {
  await KV.put(any(5), 'five')
  expect(await KV.get('5')).toBe('five')
})

contract('kv: the empty key is refused', async () => {
  expect(await errorOf(() => KV.get(''))).toBe('TypeError: Key name cannot be empty.')
  expect(await errorOf(() => KV.put('', 'v'))).toBe('TypeError: Key name cannot be empty.')
  expect(await errorOf(() => KV.delete(''))).toBe('TypeError: Key name cannot be empty.')
})

contract('kv: dots alone are refused as a key', async () => {
  expect(await errorOf(() => KV.get('.'))).toBe('TypeError: "." is not allowed as a key name.')
  expect(await errorOf(() => KV.put('..', 'v'))).toBe('TypeError: ".." is not allowed as a key name.')
})

contract('kv: a key may have 512 bytes', async () => {
  const key = uniqueName('k').padEnd(512, 'x')
  await KV.put(key, 'long')
  expect(await KV.get(key)).toBe('long')
})

contract('kv: a longer key is refused, counted in bytes of UTF-8', async () => {
  const key = 'é'.repeat(257)
  const limit = '414 UTF-8 encoded length of 514 exceeds key length limit of 512.'
  expect(await errorOf(() => KV.get(key))).toBe(`Error: KV GET failed: ${limit}`)
  expect(await errorOf(() => KV.put(key, 'v'))).toBe(`Error: KV PUT failed: ${limit}`)
  expect(await errorOf(() => KV.delete(key))).toBe(`Error: KV DELETE failed: ${limit}`)
})

contract('kv: several keys are read at once, absent ones too, in the order asked', async () => {
  const prefix = await someKeys('b', 'a')
  const found = await KV.get([`${prefix}b`, `${prefix}none`, `${prefix}a`])
  expect([...found]).toEqual([
    [`${prefix}b`, 'b'],
    [`${prefix}none`, null],
    [`${prefix}a`, 'a'],
  ])
})

contract('kv: several keys are read as JSON', async () => {
  const key = uniqueName('k')
  await KV.put(key, '{"a":1}')
  expect(await KV.get([key, `${key}-none`], 'json')).toEqual(
    new Map<string, unknown>([
      [key, { a: 1 }],
      [`${key}-none`, null],
    ]),
  )
})

contract('kv: several keys are read with metadata', async () => {
  const key = uniqueName('k')
  await KV.put(`${key}1`, 'v', { metadata: { a: 'é' } })
  await KV.put(`${key}2`, 'w')
  const found = await KV.getWithMetadata([`${key}1`, `${key}2`, `${key}3`])
  expect([...found.keys()]).toEqual([`${key}1`, `${key}2`, `${key}3`])
  expect(found.get(`${key}1`)).toEqual({ value: 'v', metadata: { a: 'é' } })
  expect(found.get(`${key}2`)).toEqual({ value: 'w', metadata: null })
})

contract('kv: an absent key among several is null, not a value without metadata', async () => {
  const key = uniqueName('absent')
  expect([...(await KV.getWithMetadata([key]))]).toEqual([[key, null]])
})

contract('kv: a key that is asked twice is answered once', async () => {
  const prefix = await someKeys('a')
  expect([...(await KV.get([`${prefix}a`, `${prefix}a`]))]).toEqual([[`${prefix}a`, 'a']])
})

contract('kv: a hundred keys can be read at once', async () => {
  const prefix = await someKeys('7')
  const keys = Array.from({ length: 100 }, (_, index) => prefix + index)
  const found = await KV.get(keys)
  expect(found.size).toBe(100)
  expect(found.get(`${prefix}7`)).toBe('7')
})

for (const [what, keys, message] of [
  ['no key at all', [], 'You must request a minimum of 1 key'],
  [
    'more than a hundred keys',
    Array.from({ length: 101 }, (_, index) => `k${index}`),
    'You can request a maximum of 100 keys',
  ],
  ['an empty key', ['a', ''], 'Key names must not be empty'],
  ['a dot', ['.'], 'Illegal key name ".". Please use a different name.'],
] as const) {
  contract(`kv: several keys: ${what} is refused`, async () => {
    expect(await errorOf(() => KV.get([...keys]))).toBe(`Error: KV GET_BULK failed: 400 ${message}`)
  })
}

contract('kv: several keys: one that is too long is refused', async () => {
  expect(await errorOf(() => KV.get(['x'.repeat(513)]))).toBe(
    'Error: KV GET_BULK failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.',
  )
})

contract('kv: several keys: other types are refused', async () => {
  expect(await errorOf(() => KV.get(['a'], any('stream')))).toBe(
    'Error: KV GET_BULK failed: 400 "stream" is not a valid type. Use "json" or "text"',
  )
})

contract('kv: several keys: a value that is not JSON is refused', async () => {
  const key = uniqueName('k')
  await KV.put(key, '{')
  expect(await errorOf(() => KV.get([key], 'json'))).toBe(
    'Error: KV GET_BULK failed: 400 At least one of the requested keys corresponds to a non-json value',
  )
})

contract('kv: several keys: their values may have 25 MiB together', async () => {
  const key = uniqueName('large')
  await KV.put(`${key}1`, 'x'.repeat(13 << 20))
  await KV.put(`${key}2`, 'x'.repeat(13 << 20))
  expect(await errorOf(() => KV.get([`${key}1`, `${key}2`]))).toBe(
    'Error: KV GET_BULK failed: 413 Total size of request exceeds the limit of 25MB',
  )
  await KV.delete(`${key}1`)
  await KV.delete(`${key}2`)
})

// A bug of the runtime, on both sides and in production: it takes such keys for indices of an array.
contract('kv: several keys: those that look like an index are missing', async () => {
  await OTHER_KV.put('42', 'v')
  await OTHER_KV.put('042', 'v')
  expect([...(await OTHER_KV.get(['42', '042', '-1'])).keys()]).toEqual(['042', '-1'])
})
