import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { any, contract, errorOf, uniqueName } from '../contract.ts'

const { KV } = env

const nowS = (): number => Math.floor(Date.now() / 1000)

contract('kv: metadata comes back', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'v', { metadata: { a: [1, null], b: 'é日' } })
  expect(await KV.getWithMetadata(key)).toEqual({
    value: 'v',
    metadata: { a: [1, null], b: 'é日' },
    cacheStatus: null,
  })
})

for (const metadata of ['text', '"quoted"', 0, 5, true, false, [1, 2], {}]) {
  contract(`kv: metadata ${JSON.stringify(metadata)} comes back, and is listed`, async () => {
    const key = uniqueName('k')
    await KV.put(key, 'v', { metadata })
    expect((await KV.getWithMetadata(key)).metadata).toEqual(metadata)
    expect((await KV.list({ prefix: key })).keys).toEqual([{ name: key, metadata }])
  })
}

contract('kv: no metadata is null', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'v', { metadata: null })
  expect(await KV.getWithMetadata(key)).toEqual({ value: 'v', metadata: null, cacheStatus: null })
  expect((await KV.list({ prefix: key })).keys).toEqual([{ name: key }])
})

contract('kv: an absent key has neither value nor metadata', async () => {
  expect(await KV.getWithMetadata(uniqueName('absent'))).toEqual({
    value: null,
    metadata: null,
    cacheStatus: null,
  })
})

contract('kv: values with metadata can be of each type', async () => {
  const key = uniqueName('k')
  await KV.put(key, '[1]', { metadata: 'm' })
  expect((await KV.getWithMetadata(key, 'json')).value).toEqual([1])
  expect((await KV.getWithMetadata(key, { type: 'arrayBuffer' })).value?.byteLength).toBe(3)
  const { value, metadata } = await KV.getWithMetadata(key, 'stream')
  expect(await new Response(any(value)).text()).toBe('[1]')
  expect(metadata).toBe('m')
})

contract('kv: a new value without metadata removes the old metadata', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'v', { metadata: 1 })
  await KV.put(key, 'w')
  expect((await KV.getWithMetadata(key)).metadata).toBeNull()
})

contract('kv: metadata may have 1024 bytes of JSON', async () => {
  const key = uniqueName('k')
  const metadata = 'x'.repeat(1022)
  await KV.put(key, 'v', { metadata })
  expect((await KV.getWithMetadata(key)).metadata).toBe(metadata)
})

contract('kv: more metadata is refused, counted in bytes of UTF-8', async () => {
  const put = (metadata: string) => () => KV.put(uniqueName('k'), 'v', { metadata })
  expect(await errorOf(put('x'.repeat(1023)))).toBe(
    'Error: KV PUT failed: 413 Metadata length of 1025 exceeds limit of 1024.',
  )
  expect(await errorOf(put('é'.repeat(512)))).toBe(
    'Error: KV PUT failed: 413 Metadata length of 1026 exceeds limit of 1024.',
  )
})

contract('kv: a time to live becomes an expiration', async () => {
  const key = uniqueName('k')
  const before = nowS()
  await KV.put(key, 'v', { expirationTtl: 60 })
  const after = nowS()
  const [{ expiration = 0 } = {}] = (await KV.list({ prefix: key })).keys as { expiration?: number }[]
  expect(expiration).toBeGreaterThanOrEqual(before + 60)
  expect(expiration).toBeLessThanOrEqual(after + 60)
  expect(await KV.get(key)).toBe('v')
})

contract('kv: an expiration is listed', async () => {
  const key = uniqueName('k')
  const expiration = nowS() + 1000
  await KV.put(key, 'v', { expiration, metadata: 'm' })
  expect((await KV.list({ prefix: key })).keys).toEqual([{ name: key, expiration, metadata: 'm' }])
})

contract('kv: the time to live wins over an expiration', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'v', { expiration: nowS() + 10_000, expirationTtl: 100 })
  const [{ expiration = 0 } = {}] = (await KV.list({ prefix: key })).keys as { expiration?: number }[]
  expect(expiration).toBeLessThanOrEqual(nowS() + 100)
})

contract('kv: a new value without expiration stays', async () => {
  const key = uniqueName('k')
  await KV.put(key, 'v', { expirationTtl: 60 })
  await KV.put(key, 'w')
  expect((await KV.list({ prefix: key })).keys).toEqual([{ name: key }])
})

for (const [options, message] of [
  [{ expirationTtl: 59 }, 'Invalid expiration_ttl of 59. Expiration TTL must be at least 60.'],
  [{ expirationTtl: 0 }, 'Invalid expiration_ttl of 0. Please specify integer greater than 0.'],
  [{ expirationTtl: -1 }, 'Invalid expiration_ttl of -1. Please specify integer greater than 0.'],
  [
    { expiration: 1 },
    'Invalid expiration of 1. Please specify integer greater than the current number of seconds since the UNIX epoch.',
  ],
] as const) {
  contract(`kv: ${JSON.stringify(options)} is refused`, async () => {
    const key = uniqueName('k')
    expect(await errorOf(() => KV.put(key, 'v', options))).toBe(`Error: KV PUT failed: 400 ${message}`)
    expect(await KV.get(key)).toBeNull()
  })
}

contract('kv: an expiration must be a minute away', async () => {
  const expiration = nowS() + 30
  expect(await errorOf(() => KV.put(uniqueName('k'), 'v', { expiration }))).toBe(
    `Error: KV PUT failed: 400 Invalid expiration of ${expiration}. Expiration times must be at least 60 seconds in the future.`,
  )
})

contract('kv: a fraction of an expiration is dropped', async () => {
  const key = uniqueName('k')
  const expiration = nowS() + 1000
  await KV.put(key, 'v', { expiration: expiration + 0.9 })
  expect((await KV.list({ prefix: key })).keys).toEqual([{ name: key, expiration }])
})
