import { createExecutionContext, SELF } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect, vi } from 'vitest'

import { contract, errorOf, uniqueName } from '../contract.ts'
import worker, { visitsSoFar } from '../workers/entrypoints.ts'

/** An error with the path of `main` left out. */
const messageOf = async (call: () => unknown): Promise<string> =>
  (await errorOf(call)).replace(/\/\S+\/workers\/entrypoints\.ts/, '<MAIN>')

const json = async (path: string, init?: RequestInit): Promise<unknown> =>
  (await exports.default.fetch(`http://example.com${path}`, init)).json()

contract('entrypoints: a handler that is called directly answers as through the bindings', async () => {
  const before = visitsSoFar()
  const direct = await worker.fetch(new Request('http://example.com/visit'), env, createExecutionContext())
  expect(await direct.json()).toEqual({ visits: before + 1 })
  expect(await json('/visit')).toEqual({ visits: before + 2 })
  const self = await SELF.fetch('http://example.com/visit')
  expect(await self.json()).toEqual({ visits: before + 3 })
  expect(visitsSoFar()).toBe(before + 3)
})

contract('entrypoints: request.cf is what the caller passed, and nothing otherwise', async () => {
  expect(await json('/cf', { cf: { colo: 'TST' } } as RequestInit)).toEqual({ cf: { colo: 'TST' } })
  expect(await json('/cf')).toEqual({ cf: null })
  const self = await SELF.fetch('http://example.com/cf', { cf: { colo: 'TST' } } as RequestInit)
  expect(await self.json()).toEqual({ cf: { colo: 'TST' } })
})

contract('entrypoints: a Host header of the caller is kept', async () => {
  expect(await json('/host', { headers: { host: 'other.example' } })).toEqual({ host: 'other.example' })
})

contract('entrypoints: redirects go to the same Worker', async () => {
  for (const binding of [SELF, exports.default]) {
    const response = await binding.fetch('http://example.com/redirect')
    expect(response).toMatchObject({ redirected: true, url: 'http://example.com/visit', status: 200 })
    await response.body?.cancel()
    const manual = await binding.fetch('http://example.com/redirect', { redirect: 'manual' })
    expect(manual.status).toBe(302)
    expect(manual.headers.get('location')).toBe('/visit')
  }
})

contract('entrypoints: a relative address is refused', async () => {
  expect(await errorOf(() => exports.default.fetch('/relative'))).toContain('Invalid URL')
  expect(await errorOf(() => SELF.fetch('/relative'))).toContain('Invalid URL')
})

contract('entrypoints: a large body comes in chunks', async () => {
  const { body } = await exports.default.fetch('http://example.com/large')
  let length = 0
  let chunks = 0
  for await (const chunk of body) {
    length += chunk.length
    chunks += 1
  }
  expect(length).toBe(40 * 65_536)
  expect(chunks).toBeGreaterThan(1)
})

contract('entrypoints: a body reaches the handler before it is complete', async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const answered = exports.default.fetch('http://example.com/first-chunk', {
    method: 'POST',
    body: readable,
    duplex: 'half',
  })
  await writer.write(new TextEncoder().encode('first'))
  expect(await (await answered).text()).toBe('first')
  await writer.abort().catch(() => {})
})

contract('entrypoints: WebSockets carry messages in order', async () => {
  for (const binding of [SELF, exports.default]) {
    const { status, webSocket } = await binding.fetch('http://example.com/socket', {
      headers: { upgrade: 'websocket' },
    })
    expect(status).toBe(101)
    webSocket.accept()
    const answers: unknown[] = []
    const all = Promise.withResolvers<void>()
    webSocket.addEventListener('message', ({ data }: { data: unknown }) => {
      if (answers.push(data) === 3) all.resolve()
    })
    for (const text of ['1', '2', '3']) webSocket.send(text)
    await all.promise
    webSocket.close()
    expect(answers).toEqual(['echo 1', 'echo 2', 'echo 3'])
  }
})

contract('entrypoints: an object without the function is refused', async () => {
  const what = 'Expected noHandlers export of <MAIN> to define a `fetch()` function'
  expect(await messageOf(() => exports.noHandlers.fetch('http://example.com/'))).toBe(`TypeError: ${what}`)
  const spy = vi.spyOn(worker, 'fetch')
  Reflect.set(worker, 'fetch', undefined)
  const error = await messageOf(() => SELF.fetch('http://example.com/'))
  spy.mockRestore()
  expect(error).toBe('TypeError: Expected default export of <MAIN> to define a `fetch()` function')
})

contract('entrypoints: a class without the method is refused', async () => {
  expect(await messageOf(() => exports.NoMethods.fetch('http://example.com/'))).toBe(
    'TypeError: Expected NoMethods export of <MAIN> to define a `fetch()` method',
  )
})

contract('entrypoints: a class of another kind is refused', async () => {
  for (const name of ['Plain', 'OwnError']) {
    expect(await messageOf(() => exports[name].fetch('http://example.com/'))).toBe(
      `TypeError: Expected ${name} export of <MAIN> to be a subclass of \`WorkerEntrypoint\``,
    )
  }
})

contract('entrypoints: other values are refused', async () => {
  const refusals = { text: 'a string', number: '5' }
  for (const [name, value] of Object.entries(refusals)) {
    expect(await messageOf(() => exports[name].fetch('http://example.com/'))).toBe(
      `TypeError: Expected ${name} export of <MAIN> to be an object or a class, got ${value}`,
    )
  }
})

contract('entrypoints: an export that is undefined is none', async () => {
  expect(await messageOf(() => exports.nothing.fetch('http://example.com/'))).toMatch(
    /^TypeError: <MAIN> does not export a nothing entrypoint\. `\S+` does not support service workers or named entrypoints for `SELF`\.\nIf you're using service workers, please migrate to the modules format: https:\/\/developers\.cloudflare\.com\/workers\/reference\/migrate-to-module-workers\/$/,
  )
})

contract('entrypoints: what is no response is refused by the runtime', async () => {
  expect(await messageOf(() => exports.notAResponse.fetch('http://example.com/'))).toBe(
    "TypeError: Incorrect type for Promise: the Promise did not resolve to 'Response'.",
  )
})

contract('entrypoints: methods of an instance have their `this`', async () => {
  const response = await exports.holder.fetch('http://example.com/')
  expect(await response.text()).toBe('hello from a private field')
})

contract('entrypoints: RPC needs a class, whatever else is exported', async () => {
  for (const name of ['text', 'number', 'plainFunction', 'Plain', 'OwnError', 'noHandlers', 'star']) {
    expect(await messageOf(() => exports[name].anything()), name).toBe(
      `TypeError: Expected ${name} export of <MAIN> to be a subclass of \`WorkerEntrypoint\` for RPC`,
    )
  }
})

contract('entrypoints: exports from elsewhere have the name that they are exported by', async () => {
  expect(await exports.Elsewhere.hello()).toBe('from elsewhere')
  expect(await exports.Renamed.hello()).toBe('from elsewhere')
})

contract('entrypoints: exports behind a star are found', async () => {
  expect(await exports.BehindStar.hello()).toBe('from behind a star')
})

contract('entrypoints: props are those of the binding, and none otherwise', async () => {
  expect(await exports.Service({ props: { a: 1 } }).props).toEqual({ a: 1 })
  expect(await exports.Service.props).toEqual({})
  const handler = exports.default({ props: { a: 1 } })
  expect(await (await handler.fetch('http://example.com/props')).json()).toEqual({ a: 1 })
  expect(await json('/props')).toEqual({})
})

contract('entrypoints: a named class answers requests', async () => {
  const named = exports.Service({ props: { a: 1 } })
  const response = await named.fetch('http://example.com/', { method: 'PUT' })
  expect(await response.json()).toEqual({ method: 'PUT', props: { a: 1 }, text: 'text' })
})

contract('entrypoints: a Durable Object class is a namespace, bound or only migrated', async () => {
  const name = uniqueName('object')
  expect(await exports.Room.getByName(name).hello()).toBe(`room ${name}`)
  expect(await env['ROOM'].getByName(name).hello()).toBe(`room ${name}`)
  expect(await exports.Unbound.getByName(name).hello()).toBe(`unbound ${name}`)
})

contract('entrypoints: an unknown name of ctx.exports is undefined, with a warning', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  try {
    expect(await json('/missing')).toEqual({ type: 'undefined' })
    const text = (name: string): unknown =>
      expect.stringMatching(
        new RegExp(
          `^Attempted to access 'ctx\\.exports\\.${name}', which was not defined for the main Worker\\.\\n` +
            `Check that '${name}' is exported as an entry-point from the Worker\\.\\n` +
            "The '\\S+' integration tries to infer these exports by analyzing the source code of the main Worker\\.\\n$",
        ),
      )
    expect(warn.mock.calls).toEqual([[text('Missing')]])
    const { exports: ofContext } = createExecutionContext() as unknown as { exports: Record<string, unknown> }
    expect(ofContext['Other']).toBeUndefined()
    expect(warn.mock.calls).toEqual([[text('Missing')], [text('Other')]])
    expect(exports['Third']).toBeUndefined()
    expect(warn).toHaveBeenCalledTimes(2)
  } finally {
    warn.mockRestore()
  }
})

contract('entrypoints: a context that a test makes has exports', async () => {
  const { exports: ofContext } = createExecutionContext() as unknown as { exports: typeof exports }
  expect((await ofContext['default'].fetch('http://example.com/visit')).status).toBe(200)
})

contract('entrypoints: variables are text or values', () => {
  expect(env).toMatchObject({ TEXT: 'text', LIST: { deep: [1, 2] } })
})

contract('entrypoints: a spy on a binding is seen by the Worker', async () => {
  const spy = vi.spyOn(env['KV'], 'get').mockResolvedValue('spied')
  expect(await json('/key')).toEqual({ value: 'spied' })
  const direct = await worker.fetch(new Request('http://example.com/key'), env, createExecutionContext())
  expect(await direct.json()).toEqual({ value: 'spied' })
  expect(spy).toHaveBeenCalledTimes(2)
  spy.mockRestore()
  expect(await json('/key')).toEqual({ value: null })
})

contract('entrypoints: a changed env is seen by handlers and Durable Objects', async () => {
  const room = env['ROOM'].getByName(uniqueName('changed'))
  expect(await json('/variable?name=NEW')).toEqual({ value: null })
  env['NEW'] = 1
  expect(await json('/variable?name=NEW')).toEqual({ value: 1 })
  expect(await room.variable('NEW')).toBe(1)
  delete env['NEW']
  expect(await json('/variable?name=NEW')).toEqual({ value: null })
  expect(await room.variable('NEW')).toBeUndefined()
})

contract('entrypoints: nobody sees bindings that the project does not have', async () => {
  const bindings = ['KV', 'LIST', 'ROOM', 'TEXT']
  expect(Object.keys(env).sort()).toEqual(bindings)
  const names = (await json('/names')) as { env: string[]; exports: string[] }
  expect(names.env.sort()).toEqual(bindings)
  expect(names.exports.filter((name) => name.startsWith('__'))).toEqual([])
})
