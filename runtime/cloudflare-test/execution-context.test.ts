import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// What only the runtime has. None of it is called here.
vi.mock('cloudflare:workers', async () => {
  const { SELF_BINDING } = await import('../../shared/protocol.ts')
  return { env: { [SELF_BINDING]: {} }, exports: undefined }
})

beforeEach(() => {
  // Before the module loads, because it keeps the timers that it finds.
  vi.useFakeTimers()
  vi.resetModules()
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('background work that does not end is given up after 30 seconds, with a warning', async () => {
  const { createExecutionContext, waitOnExecutionContext } = await import('./execution-context.ts')
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const ctx = createExecutionContext()
  for (const promise of [new Promise(() => {}), new Promise(() => {}), Promise.resolve()]) {
    ctx.waitUntil(promise)
  }
  const done = vi.fn()
  const waiting = waitOnExecutionContext(ctx).finally(done)
  await vi.advanceTimersByTimeAsync(29_999)
  expect(done).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(done).toHaveBeenCalledOnce()
  await waiting
  expect(warn.mock.calls).toEqual([
    [
      '[vitest-pool-workerd] 2 waitUntil promise(s) did not resolve within 30s and will be abandoned. ' +
        "This normally means your Worker's waitUntil handler has a bug that prevents it from settling " +
        '(e.g. a fetch that never completes or a missing resolve/reject call).',
    ],
  ])
})
