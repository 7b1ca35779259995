import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, errorOf, uniqueName } from '../contract.ts'
import { names, ODD_KEY, someKeys } from '../kv.ts'

const { KV } = env

contract('kv: a list is in the order of UTF-8 bytes', async () => {
  const suffixes = ['b', 'a', 'B', '10', '9', 'é', '日', '😀', '\uffee']
  const prefix = await someKeys(...suffixes)
  const sorted = ['10', '9', 'B', 'a', 'b', 'é', '日', '\uffee', '😀'].map((suffix) => prefix + suffix)
  expect(names(await KV.list({ prefix }))).toEqual(sorted)
})

contract('kv: a list that is complete says so', async () => {
  const prefix = await someKeys('a', 'b')
  expect(await KV.list({ prefix })).toEqual({
    keys: [{ name: `${prefix}a` }, { name: `${prefix}b` }],
    list_complete: true,
    cacheStatus: null,
  })
})

contract('kv: a list of nothing is empty', async () => {
  expect(await KV.list({ prefix: uniqueName('nothing') })).toEqual({
    keys: [],
    list_complete: true,
    cacheStatus: null,
  })
})

contract('kv: a list without options has every key', async () => {
  const prefix = await someKeys('a')
  expect(names(await KV.list())).toContain(`${prefix}a`)
})

contract('kv: a prefix is literal, and cares about case', async () => {
  const prefix = await someKeys('a%b', 'a_b', 'axb', 'AxB', 'a*c', 'a[b]')
  for (const part of ['a%', 'a_', 'A', 'a*', 'a[']) {
    expect(names(await KV.list({ prefix: prefix + part }))).toEqual([
      prefix + { 'a%': 'a%b', a_: 'a_b', A: 'AxB', 'a*': 'a*c', 'a[': 'a[b]' }[part],
    ])
  }
})

contract('kv: a prefix may have any character', async () => {
  const prefix = uniqueName('odd') + ODD_KEY
  await KV.put(`${prefix}1`, 'v')
  await KV.put(`${prefix}2`, 'v')
  expect(names(await KV.list({ prefix }))).toEqual([`${prefix}1`, `${prefix}2`])
})

contract('kv: pages of every size join to the whole list', async () => {
  const prefix = await someKeys('a', 'b', 'c', 'd', 'e')
  const whole = names(await KV.list({ prefix }))
  for (const limit of [1, 2, 3, 4, 5, 6]) {
    const joined: string[] = []
    let cursor: string | undefined
    do {
      const page = await KV.list({ prefix, limit, ...(cursor && { cursor }) })
      expect(page.keys.length).toBeLessThanOrEqual(limit)
      joined.push(...names(page))
      cursor = page.list_complete ? undefined : page.cursor
    } while (cursor)
    expect(joined).toEqual(whole)
  }
})

contract('kv: a page that ends the list has no cursor', async () => {
  const prefix = await someKeys('a', 'b')
  const page = await KV.list({ prefix, limit: 2 })
  expect(page.list_complete).toBe(true)
  expect(page).not.toHaveProperty('cursor')
})

contract('kv: a key that is added behind the cursor is on the next page', async () => {
  const prefix = await someKeys('a', 'c')
  const { cursor } = (await KV.list({ prefix, limit: 1 })) as { cursor?: string }
  await KV.put(`${prefix}b`, 'v')
  await KV.delete(`${prefix}a`)
  expect(names(await KV.list({ prefix, ...(cursor && { cursor }) }))).toEqual([`${prefix}b`, `${prefix}c`])
})

contract('kv: an empty cursor and an empty prefix are none', async () => {
  const prefix = await someKeys('a')
  expect(names(await KV.list({ prefix, cursor: '' }))).toEqual([`${prefix}a`])
  expect(names(await KV.list({ prefix: '' }))).toContain(`${prefix}a`)
})

contract('kv: a page has a thousand keys at most', async () => {
  const prefix = uniqueName('thousand')
  await Promise.all(Array.from({ length: 1001 }, (_, index) => KV.put(`${prefix}${1000 + index}`, '')))
  const page = await KV.list({ prefix })
  expect(page.keys).toHaveLength(1000)
  expect(page.list_complete).toBe(false)
  expect((await KV.list({ prefix, limit: 1000 })).keys).toHaveLength(1000)
})

contract('kv: a larger page is refused', async () => {
  expect(await errorOf(() => KV.list({ limit: 1001 }))).toBe(
    'Error: KV GET failed: 400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.',
  )
})

contract('kv: a limit of zero or less is none', async () => {
  const prefix = await someKeys('a', 'b')
  expect(names(await KV.list({ prefix, limit: 0 }))).toHaveLength(2)
  expect(names(await KV.list({ prefix, limit: -1 }))).toHaveLength(2)
})

contract('kv: a prefix that is too long is refused', async () => {
  expect(await errorOf(() => KV.list({ prefix: 'x'.repeat(513) }))).toBe(
    'Error: KV GET failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.',
  )
})
