// Alarms that a test runs itself.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, vi } from 'vitest'

import { any, contract, errorOf, uniqueName } from '../contract.ts'

/** Later than any test lasts. */
const later = () => Date.now() + 3_600_000

contract('object-helpers: an alarm runs once, and is gone', async () => {
  const stub = env.ALARMED.getByName(uniqueName('alarmed'))
  expect(await runDurableObjectAlarm(stub)).toBe(false)
  await stub.setAlarm(later())
  expect(await runDurableObjectAlarm(stub)).toBe(true)
  expect(await stub.hasRun()).toBe(true)
  expect(await stub.getAlarm()).toBeNull()
  expect(await runDurableObjectAlarm(stub)).toBe(false)
})

contract('object-helpers: an alarm that a test runs gets no argument', async () => {
  const stub = env.ALARMED.getByName(uniqueName('alarmed'))
  await stub.setAlarm(later())
  await runDurableObjectAlarm(stub)
  expect(await runInDurableObject(stub, ({ runs }) => runs)).toEqual([[]])
})

contract('object-helpers: an alarm that fails rejects with its own error, and is gone', async () => {
  const stub = env.ALARMED.getByName(uniqueName('alarmed'))
  await stub.setAlarm(later())
  await stub.fail(1)
  expect(await errorOf(() => runDurableObjectAlarm(stub))).toBe('Error: the alarm failed')
  expect(await stub.getAlarm()).toBeNull()
  expect(await runDurableObjectAlarm(stub)).toBe(false)
})

contract('object-helpers: the error of an alarm is handed over as it is', async () => {
  const stub = env.ALARMED.getByName(uniqueName('alarmed'))
  const error = new RangeError('my own')
  await runInDurableObject(stub, async (instance, { storage }) => {
    instance.alarm = () => Promise.reject(error)
    await storage.setAlarm(later())
  })
  expect(await runDurableObjectAlarm(stub).catch((reason: unknown) => reason)).toBe(error)
})

contract('object-helpers: an alarm can be replaced', async () => {
  const stub = env.ALARMED.getByName(uniqueName('alarmed'))
  const alarm = vi.fn(async () => {})
  await runInDurableObject(stub, async (instance, { storage }) => {
    instance.alarm = alarm
    await storage.setAlarm(later())
  })
  expect(await runDurableObjectAlarm(stub)).toBe(true)
  expect(alarm).toHaveBeenCalledOnce()
})

contract('object-helpers: an alarm may set the next one', async () => {
  const stub = env.ALARMED.getByName(uniqueName('alarmed'))
  const next = later()
  await runInDurableObject(stub, async (instance, { storage }) => {
    instance.alarm = () => storage.setAlarm(next)
    await storage.setAlarm(later())
  })
  expect(await runDurableObjectAlarm(stub)).toBe(true)
  expect(await stub.getAlarm()).toBe(next)
})

contract('object-helpers: a class without alarm() may have an alarm', async () => {
  const stub = env.EMPTY.getByName(uniqueName('empty'))
  await runInDurableObject(stub, (_, { storage }) => storage.setAlarm(later()))
  expect(await runDurableObjectAlarm(stub)).toBe(true)
  expect(await runDurableObjectAlarm(stub)).toBe(false)
})

contract(
  'object-helpers: an alarm waits for what the constructor blocks on, also when a test runs it',
  async () => {
    const stub = env.SLOW.getByName(uniqueName('slow'))
    await stub.setAlarm(later())
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await stub.alarms()).toEqual(['ready: true'])
  },
)

contract('object-helpers: runDurableObjectAlarm() refuses what is no stub', async () => {
  for (const value of [undefined, {}, env.ALARMED]) {
    expect(await errorOf(() => runDurableObjectAlarm(any(value)))).toBe(
      "TypeError: Failed to execute 'runDurableObjectAlarm': parameter 1 is not of type 'DurableObjectStub'.",
    )
  }
})
