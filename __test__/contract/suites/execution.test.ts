import {
  createExecutionContext,
  createScheduledController,
  SELF,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { env, exports, withEnv } from 'cloudflare:workers'
import { afterEach, expect, vi } from 'vitest'

import { contract, errorOf, uniqueName } from '../contract.ts'
import worker, {
  data,
  fired,
  idAtTopLevel,
  readAtTopLevel,
  resolvers,
  textAtTopLevel,
} from '../workers/execution.ts'
import type { Loose } from '../workers/loose.ts'

const KV: Loose = env['KV']
const { eval: evaluate } = globalThis

/** What `beforeAll` could read as well: a test file may wait at its top level. */
await KV.put('from the top level of the test', 'written')
const readByTest = await KV.get('from the top level of the test')

const ask = async (path: string, name = ''): Promise<unknown> => {
  const response = await exports.default.fetch(`http://example.com${path}?name=${encodeURIComponent(name)}`)
  return ((await response.json()) as { value: unknown }).value
}

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
})

contract('execution: waitOnExecutionContext() waits for background work', async () => {
  const ctx = createExecutionContext()
  await worker.fetch(new Request('http://example.com/load-later?name=e'), env, ctx)
  await waitOnExecutionContext(ctx)
  expect(await KV.get('loaded e')).toBe('lazy e')
})

contract('execution: a scheduled handler can be called with a controller', async () => {
  const ctx = createExecutionContext()
  const controller = createScheduledController({ scheduledTime: new Date(1000), cron: '30 * * * *' })
  await worker.scheduled(controller, env, ctx)
  await waitOnExecutionContext(ctx)
  expect(await KV.get('scheduled 30 * * * *')).toBe('number 1000 lazy d')
})

contract('execution: a spy on a handler is seen by the runtime', async () => {
  const spy = vi.spyOn(worker, 'fetch').mockImplementation(async () => new Response('mocked'))
  expect(await (await SELF.fetch('http://example.com/')).text()).toBe('mocked')
  expect(await (await exports.default.fetch('http://example.com/')).text()).toBe('mocked')
  expect(spy).toHaveBeenCalledTimes(2)
})

contract('execution: a response of the test has a body for the test only', async () => {
  vi.spyOn(worker, 'fetch').mockResolvedValue(new Response('shared'))
  expect(await errorOf(() => exports.default.fetch('http://example.com/'))).toContain(
    'Cannot perform I/O on behalf of a different',
  )
  vi.mocked(worker.fetch).mockResolvedValue(new Response(null, { status: 204 }))
  expect((await exports.default.fetch('http://example.com/')).status).toBe(204)
})

contract('execution: changed globals reach handlers', async () => {
  expect(await ask('/global', 'stubbed')).toBeNull()
  vi.stubGlobal('stubbed', 'by the test')
  expect(await ask('/global', 'stubbed')).toBe('by the test')
  Object.assign(globalThis, { assigned: 5 })
  expect(await ask('/global', 'assigned')).toBe(5)
  Reflect.deleteProperty(globalThis, 'assigned')
  expect(await ask('/global', 'assigned')).toBeNull()
})

contract('execution: a spy on fetch is called by handlers', async () => {
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('from the spy'))
  expect(await ask('/upstream')).toBe('from the spy')
  expect(spy).toHaveBeenCalledWith('https://upstream.example/')
})

contract('execution: changed variables of the process reach handlers', async () => {
  vi.stubEnv('STUBBED', 'by the test')
  expect(await ask('/variable', 'STUBBED')).toBe('by the test')
  vi.unstubAllEnvs()
  expect(await ask('/variable', 'STUBBED')).toBeNull()
})

contract('execution: variables of the machine are not seen, its folder is', async () => {
  expect(await ask('/variable', 'HOME')).toBeNull()
  expect(process.cwd()).toMatch(/contract$/)
})

contract('execution: fake timers set the clock of handlers, and storage answers', async () => {
  vi.useFakeTimers()
  vi.setSystemTime(new Date('2030-01-01T00:00:00Z'))
  expect(await ask('/now')).toBe(Date.UTC(2030, 0, 1))
  const key = uniqueName('fake')
  await KV.put(key, 'stored')
  expect(await KV.get(key)).toBe('stored')
  const fired = vi.fn()
  setTimeout(fired, 60_000)
  vi.advanceTimersByTime(59_999)
  expect(fired).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(fired).toHaveBeenCalledOnce()
  expect(await ask('/now')).toBe(Date.UTC(2030, 0, 1, 0, 1))
})

contract('execution: fake timers fire the timers of handlers', async () => {
  vi.useFakeTimers()
  await ask('/timer', 'a')
  vi.advanceTimersByTime(59_999)
  expect(fired).toEqual([])
  vi.advanceTimersByTime(1)
  expect(fired).toEqual(['a'])
})

contract('execution: a promise of the test can be resolved by a handler', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  resolvers.set('mine', resolve)
  await ask('/resolve', 'mine')
  expect(await promise).toBe('from a handler')
  // The test is still in its own context.
  expect(await KV.get('nothing')).toBeNull()
})

contract('execution: modules may use bindings at their top level', () => {
  expect(readByTest).toBe('written')
  expect(readAtTopLevel).toBe('written')
  expect(textAtTopLevel).toBe('text')
  expect(idAtTopLevel).toHaveLength(36)
  expect(data).toEqual({ from: 'a JSON file' })
})

contract('execution: withEnv() changes the imported env, for what it calls', async () => {
  const inside = await withEnv({ TEXT: 'another' }, async () => {
    await Promise.resolve()
    const direct = await worker.fetch(
      new Request('http://example.com/imported-env?name=TEXT'),
      env,
      createExecutionContext(),
    )
    return [env['TEXT'], ((await direct.json()) as { value: unknown }).value]
  })
  expect(inside).toEqual(['another', 'another'])
  expect(env['TEXT']).toBe('text')
  expect(await ask('/imported-env', 'TEXT')).toBe('text')
})

contract('execution: an AsyncLocalStorage follows what a handler awaits', async () => {
  expect(await ask('/storage')).toBe('stored')
})

contract('execution: eval() is refused', async () => {
  const refusal = 'EvalError: Code generation from strings disallowed for this context'
  expect(await errorOf(() => evaluate('1'))).toBe(refusal)
  expect(await errorOf(() => ask('/code', '1'))).toContain('Code generation from strings disallowed')
})

contract('execution: the global waitUntil() keeps an event going', async () => {
  const key = uniqueName('global')
  await ask('/wait-until', key)
  await expect.poll(() => KV.get(key)).toBe('by the global waitUntil')
})
