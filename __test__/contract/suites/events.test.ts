// What tests make to call handlers with: contexts and controllers. Batches have a suite of their own.
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { expect, onTestFinished, vi } from 'vitest'

import { any, contract, errorOf } from '../contract.ts'

contract('events: a context without background work is done at once', async () => {
  expect(await waitOnExecutionContext(createExecutionContext())).toBeUndefined()
})

contract('events: all background work is awaited, and what it adds', async () => {
  const ctx = createExecutionContext()
  const done: string[] = []
  const work = async (name: string, delay: number, more?: () => void): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, delay))
    done.push(name)
    more?.()
  }
  ctx.waitUntil(work('first', 10))
  ctx.waitUntil(work('second', 1, () => ctx.waitUntil(work('added', 20))))
  ctx.waitUntil(work('third', 5))
  await waitOnExecutionContext(ctx)
  expect(done).toEqual(['second', 'third', 'first', 'added'])
})

contract('events: what is no promise is no work', async () => {
  const ctx = createExecutionContext()
  ctx.waitUntil(any(5))
  await waitOnExecutionContext(ctx)
})

contract('events: one rejection is handed over as it is', async () => {
  const ctx = createExecutionContext()
  const reason = new RangeError('background')
  ctx.waitUntil(Promise.reject(reason))
  ctx.waitUntil(Promise.resolve())
  await expect(waitOnExecutionContext(ctx)).rejects.toBe(reason)
  await waitOnExecutionContext(ctx)
})

contract('events: several rejections come together', async () => {
  const ctx = createExecutionContext()
  const reasons = [new Error('one'), new Error('two')]
  for (const reason of reasons) ctx.waitUntil(Promise.reject(reason))
  const error = await waitOnExecutionContext(ctx).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(AggregateError)
  expect(error).toMatchObject({ message: '', errors: reasons })
})

contract('events: only made contexts can be awaited', async () => {
  for (const value of [undefined, {}, { waitUntil() {}, passThroughOnException() {} }]) {
    expect(await errorOf(() => waitOnExecutionContext(any(value)))).toBe(
      "TypeError: Failed to execute 'getWaitUntil': parameter 1 is not of type 'ExecutionContext'.\n" +
        "You must call 'createExecutionContext()' or 'createPagesEventContext()' to get an 'ExecutionContext' instance.",
    )
  }
})

contract('events: contexts are made in one way, and their methods need them', async () => {
  const ctx = createExecutionContext()
  const { waitUntil } = ctx
  expect(ctx.constructor.name).toBe('ExecutionContext')
  expect(await errorOf(() => new (any(ctx.constructor) as new () => unknown)())).toBe(
    'TypeError: Illegal constructor',
  )
  expect(await errorOf(() => Reflect.apply(waitUntil, undefined, [Promise.resolve()]))).toBe(
    'TypeError: Illegal invocation',
  )
  expect(ctx.passThroughOnException()).toBeUndefined()
})

contract('events: a context has the exports of the Worker, and no props', () => {
  const ctx = any(createExecutionContext()) as { exports?: object; props?: unknown }
  expect(ctx.exports).toHaveProperty('default')
  expect(ctx.props).toBeUndefined()
})

contract('events: a controller is for now and without a pattern, unless it is told otherwise', () => {
  vi.useFakeTimers({ now: 1000 })
  onTestFinished(() => void vi.useRealTimers())
  for (const options of [undefined, null, {}]) {
    expect({ ...createScheduledController(any(options)) }).toMatchObject({ scheduledTime: 1000, cron: '' })
  }
  const options = { scheduledTime: new Date(7), cron: '0 3 * * *' }
  expect({ ...createScheduledController(options) }).toMatchObject({ scheduledTime: 7, cron: '0 3 * * *' })
  expect(createScheduledController({ scheduledTime: 5 }).scheduledTime).toBe(5)
})

contract('events: a controller refuses options that are none', async () => {
  for (const value of ['* * * * *', 5, true]) {
    expect(await errorOf(() => createScheduledController(any(value)))).toBe(
      "TypeError: Failed to execute 'createScheduledController': parameter 1 is not of type 'ScheduledOptions'.",
    )
  }
})

contract('events: controllers are made in one way, and cannot be changed', async () => {
  const controller = createScheduledController()
  const { noRetry } = controller
  expect(await errorOf(() => new (any(controller.constructor) as new () => unknown)())).toBe(
    'TypeError: Illegal constructor',
  )
  expect(await errorOf(() => Reflect.apply(noRetry, undefined, []))).toBe('TypeError: Illegal invocation')
  expect(await errorOf(() => Object.assign(controller, { cron: 'other' }))).toMatch(/^TypeError: /)
  expect(controller.noRetry()).toBeUndefined()
})
