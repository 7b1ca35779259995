// Construction, alarms and the end of an object.
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, vi } from 'vitest'

import { contract, errorOf, uniqueName } from '../contract.ts'
import { Counter } from '../objects/objects.ts'

contract('durable-objects: nothing begins before what the constructor blocks on', async () => {
  expect(await env.SLOW.getByName(uniqueName('slow')).isReady()).toBe(true)
  const response = await env.SLOW.getByName(uniqueName('slow')).fetch('http://slow/')
  expect(await response.text()).toBe('ready: true')
})

contract('durable-objects: a constructor that throws rejects every call', async () => {
  const stub = env.THROWING.getByName(uniqueName('throwing'))
  for (let round = 0; round < 2; round++) {
    expect(await errorOf(() => stub.hello())).toBe('RangeError: never constructed')
    expect(await errorOf(() => stub.fetch('http://throwing/'))).toBe('RangeError: never constructed')
  }
})

contract('durable-objects: a constructor whose blocking fails rejects every call', async () => {
  for (let round = 0; round < 2; round++) {
    const name = uniqueName('blocked')
    expect(await errorOf(() => env.BLOCKED.getByName(name).hello())).toContain('never ready')
    expect(await errorOf(() => env.BLOCKED.getByName(name).fetch('http://blocked/'))).toContain('never ready')
  }
})

contract('durable-objects: abort() rejects the call, and the next object has the storage', async () => {
  const name = uniqueName('aborted')
  const stub = env.COUNTER.getByName(name)
  await (await stub.fetch('http://counter/')).json()
  expect(await errorOf(() => stub.abort())).toContain('aborted by itself')
  expect(await errorOf(() => stub.increment())).toContain('aborted by itself')
  const response = await env.COUNTER.getByName(name).fetch('http://counter/')
  expect(await response.json()).toEqual({ memory: 1, stored: 2 })
})

contract('durable-objects: an alarm goes off in real time', async () => {
  const stub = env.ALARMED.getByName(uniqueName('alarmed'))
  await stub.setAlarm(Date.now() + 20)
  await vi.waitUntil(() => stub.hasRun(), { timeout: 10_000, interval: 10 })
  // The handler has written, and may not have ended.
  await vi.waitUntil(async () => (await stub.getAlarm()) === null, { timeout: 10_000, interval: 10 })
  expect(await stub.retries()).toEqual([{ retryCount: 0, isRetry: false }])
})

contract('durable-objects: an alarm that fails is tried again', async () => {
  const stub = env.ALARMED.getByName(uniqueName('alarmed'))
  await stub.fail(1)
  await stub.setAlarm(Date.now())
  await vi.waitUntil(async () => (await stub.retries()).length > 1, { timeout: 15_000, interval: 50 })
  expect(await stub.retries()).toEqual([
    { retryCount: 0, isRetry: false },
    { retryCount: 1, isRetry: true },
  ])
})

contract('durable-objects: an alarm waits for what the constructor blocks on', async () => {
  const stub = env.SLOW.getByName(uniqueName('slow'))
  await stub.setAlarm(Date.now())
  await vi.waitUntil(async () => (await stub.alarms()).length > 0, { timeout: 10_000, interval: 10 })
  expect(await stub.alarms()).toEqual(['ready: true'])
})

contract('durable-objects: new modules invalidate an object once, and its storage stays', async () => {
  const name = uniqueName('reset')
  const stub = env.COUNTER.getByName(name)
  await (await stub.fetch('http://counter/')).json()
  vi.resetModules()
  expect(await errorOf(() => stub.increment())).toMatch(
    /objects\.ts changed, invalidating this Durable Object\. Please retry the `DurableObjectStub#fetch\(\)` call\.$/,
  )
  const next = env.COUNTER.getByName(name)
  expect(await (await next.fetch('http://counter/')).json()).toEqual({ memory: 1, stored: 2 })
  // It is of the new class, which is not the one that was imported before.
  expect(await runInDurableObject(next, (instance) => instance instanceof Counter)).toBe(false)
  const { Counter: NewCounter } = await import('../objects/objects.ts')
  expect(await runInDurableObject(next, (instance) => instance instanceof NewCounter)).toBe(true)
})
