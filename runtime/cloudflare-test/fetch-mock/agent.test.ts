import type { MockInterceptOptions, MockPool } from 'cloudflare:test'
import { beforeEach, describe, expect, test, vi } from 'vitest'

import type { FetchInterceptor } from '../../runner/outbound-fetch.ts'
import { MockAgent } from './agent.ts'

const ORIGIN = 'https://api.example'

let agent: MockAgent
let interceptor: FetchInterceptor | undefined
let startFile: () => void
const network = vi.fn<typeof fetch>()

/** The `fetch` of the isolate. */
async function send(path: string, init?: RequestInit): Promise<Response> {
  const args = [ORIGIN + path, init] as Parameters<typeof fetch>
  return interceptor ? interceptor(args, network) : network(...args)
}

async function text(path: string, init?: RequestInit): Promise<string> {
  return (await send(path, init)).text()
}

const pool = (): MockPool => agent.get(ORIGIN)

beforeEach(() => {
  network.mockReset().mockImplementation(async () => new Response('network'))
  agent = new MockAgent({
    interceptFetch: (answer) => (interceptor = answer),
    beforeEachFile: (reset) => (startFile = reset),
  })
  agent.activate()
  agent.disableNetConnect()
})

const failure = (why: string): string =>
  `Mock dispatch not matched for ${why}: subsequent request to origin ${ORIGIN} was not allowed (net.connect disabled)`

describe('being active', () => {
  test('is a matter of activate and deactivate', async () => {
    pool().intercept({ path: '/' }).reply(200, 'mocked').persist()
    expect(await text('/')).toBe('mocked')
    agent.deactivate()
    expect(await text('/')).toBe('network')
    agent.activate()
    expect(await text('/')).toBe('mocked')
  })

  test('ends with the file, and so do interceptors and refusals', async () => {
    pool().intercept({ path: '/' }).reply(200, 'mocked')
    startFile()
    expect(await text('/')).toBe('network')
    expect(agent.pendingInterceptors()).toEqual([])
    agent.activate()
    expect(await text('/')).toBe('network')
  })
})

describe('matching', () => {
  type Match = [options: MockInterceptOptions, path: string, init?: RequestInit]
  const post = (body: string): RequestInit => ({ method: 'POST', body })

  test.each<Match>([
    [{ path: '/a' }, '/a'],
    [{ path: '/a' }, '/a#hash'],
    [{ path: 'a' }, '/a'],
    [{ path: '/a b é' }, '/a%20b%20%C3%A9'],
    [{ path: '/a?x=1&y=2' }, '/a?y=2&x=1'],
    [{ path: '/a?x=1&x=2' }, '/a?x=1&x=2'],
    [{ path: '/a', query: { x: [1, 2], y: 'u v', z: null } }, '/a?z=&y=u+v&x=1&x=2'],
    [{ path: /^\/a\?x=\d$/g }, '/a?x=1#hash'],
    [{ path: (path) => path === '/a?x=1' }, '/a?x=1'],
    [{ path: '/a', method: 'post' }, '/a', { method: 'POST' }],
    [{ path: '/a', method: /^P/ }, '/a', { method: 'PUT' }],
    [{ path: '/a', method: (method) => method === 'PATCH' }, '/a', { method: 'PATCH' }],
    [{ path: '/a', method: 'POST', body: 'hello' }, '/a', post('hello')],
    [{ path: '/a', method: 'POST', body: /ell/ }, '/a', post('hello')],
    [{ path: '/a', method: 'POST', body: (body) => JSON.parse(body).x === 1 }, '/a', post('{"x":1}')],
    [{ path: '/a', method: 'POST', body: '' }, '/a', { method: 'POST' }],
    [{ path: '/a', headers: { 'X-A': 'b' } }, '/a', { headers: { 'x-a': 'b', other: 'c' } }],
    [
      { path: '/a', headers: { a: /b/, c: (value) => value === 'd' } },
      '/a',
      { headers: { A: 'abc', C: 'd' } },
    ],
    [{ path: '/a', headers: (headers) => headers['x-a'] === 'b' }, '/a', { headers: { 'X-A': 'b' } }],
  ])('%j takes %s %j', async (options, path, init) => {
    pool().intercept(options).reply(200, 'yes').times(2)
    expect(await text(path, init)).toBe('yes')
    expect(await text(path, init)).toBe('yes')
  })

  test.each<[options: MockInterceptOptions, path: string, init: RequestInit | undefined, why: string]>([
    [{ path: '/a' }, '/b?x=1#hash', undefined, "path '/b?x=1'"],
    [{ path: '/a?x=1&x=2' }, '/a?x=2&x=1', undefined, "path '/a?x=2&x=1'"],
    [{ path: '/a', query: { x: 1 } }, '/a', undefined, "path '/a'"],
    [{ path: '/a' }, '/a', { method: 'POST' }, "method 'POST' on path '/a'"],
    [{ path: '/a', method: 'POST', body: 'x' }, '/a', post('y'), "body 'y' on path '/a'"],
    [{ path: '/a', method: 'POST', body: /x/ }, '/a', { method: 'POST' }, "body '' on path '/a'"],
    [{ path: '/a', headers: { a: 'b' } }, '/a', { headers: { A: 'c' } }, `headers '{"a":"c"}' on path '/a'`],
    [{ path: '/a', headers: { a: 'b' } }, '/a', undefined, "headers '{}' on path '/a'"],
    [{ path: '/a', headers: () => false }, '/a', { headers: { X: 'y' } }, `headers '{"x":"y"}' on path '/a'`],
  ])('%j refuses %s %j', async (options, path, init, why) => {
    pool().intercept(options).reply(200, 'yes')
    // Another one, of which less matches, changes nothing about what is said.
    pool().intercept({ path: '/other' }).reply(200)
    await expect(send(path, init)).rejects.toMatchObject({
      name: 'MockNotMatchedError',
      code: 'UND_MOCK_ERR_MOCK_NOT_MATCHED',
      message: failure(why),
    })
    expect(network).not.toHaveBeenCalled()
    expect(agent.pendingInterceptors()).toHaveLength(2)
  })

  test.each([
    [ORIGIN, true],
    ['HTTPS://API.example', true],
    [`${ORIGIN}/`, false],
    [`${ORIGIN}:443`, false],
    ['http://api.example', false],
    [/api/, true],
    [/other/, false],
    [(origin: string) => origin === ORIGIN, true],
  ])('an interceptor for the origin %s: %s', async (origin, isTaken) => {
    agent.get(origin).intercept({ path: '/' }).reply(200, 'yes')
    if (isTaken) expect(await text('/')).toBe('yes')
    else await expect(send('/')).rejects.toThrow(failure("path '/'"))
  })

  test('the first that is left answers', async () => {
    pool().intercept({ path: '/' }).reply(200, 'first').times(2)
    agent.get(/api/).intercept({ path: /./ }).reply(200, 'second').persist()
    const answers = await Promise.all(['/', '/', '/', '/'].map((path) => text(path)))
    expect(answers).toEqual(['first', 'first', 'second', 'second'])
  })
})

describe('the network', () => {
  test('answers what is not mocked, until it is disabled', async () => {
    agent.enableNetConnect()
    pool().intercept({ path: '/a' }).reply(200, 'mocked')
    expect(await text('/b')).toBe('network')
    agent.disableNetConnect()
    await expect(send('/b')).rejects.toThrow(failure("path '/b'"))
  })

  test.each([
    ['api.example', true],
    ['api.example:443', false],
    ['example', false],
    [/exam/, true],
    [(host: string) => host === 'api.example', true],
  ])('is enabled for %s: %s', async (host, isAllowed) => {
    agent.enableNetConnect('first.example')
    agent.enableNetConnect(host)
    agent.enableNetConnect('last.example')
    if (isAllowed) expect(await text('/')).toBe('network')
    else {
      await expect(send('/')).rejects.toThrow(
        `Mock dispatch not matched for path '/': subsequent request to origin ${ORIGIN} was not allowed ` +
          '(net.connect is not enabled for this origin)',
      )
    }
  })

  test('gets the call as it was made, and a stream unread', async () => {
    agent.enableNetConnect()
    pool().intercept({ path: '/', method: 'POST', body: 'other' }).reply(200)
    const init = { method: 'POST', body: new URLSearchParams({ a: '1' }) }
    await send('/', init)
    expect(network).toHaveBeenLastCalledWith(`${ORIGIN}/`, init)
    const stream = new Response('streamed').body
    await send('/', { method: 'POST', body: stream, duplex: 'half' } as RequestInit)
    const [request] = network.mock.lastCall as unknown as [Request]
    expect(await request.text()).toBe('streamed')
  })

  test('is always asked for WebSockets', async () => {
    pool().intercept({ path: '/' }).reply(200, 'mocked')
    expect(await text('/', { headers: { Upgrade: 'websocket' } })).toBe('network')
  })
})

describe('replies', () => {
  test.each([
    ['text', 'text'],
    ['', ''],
    [undefined, ''],
    [{ a: [1] }, '{"a":[1]}'],
    [[1, 2], '[1,2]'],
    [null, 'null'],
    [5, '5'],
    [new TextEncoder().encode('bytes'), 'bytes'],
    [new TextEncoder().encode('buffer').buffer, 'buffer'],
    [new DataView(new TextEncoder().encode('a view').buffer, 2), 'view'],
  ])('with %o are %j', async (data, expected) => {
    pool().intercept({ path: '/' }).reply(200, data)
    const response = await send('/')
    expect(await response.text()).toBe(expected)
    expect([...response.headers]).toEqual([])
  })

  test('look as if they came from the network', async () => {
    pool()
      .intercept({ path: '/x?y=1' })
      .reply(201, 'a', { headers: { 'X-A': 'b', 'set-cookie': ['a=1', 'b=2'] } })
    const response = await send('/x?y=1#hash')
    const copy = response.clone()
    for (const each of [response, copy]) {
      expect(each).toMatchObject({ status: 201, statusText: 'Created', ok: true, redirected: false })
      expect(each.url).toBe(`${ORIGIN}/x?y=1`)
      expect(each.headers.get('x-a')).toBe('b')
      expect(each.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      for (const change of [
        () => each.headers.set('a', 'b'),
        () => each.headers.append('a', 'b'),
        () => each.headers.delete('x-a'),
      ]) {
        expect(change).toThrow(new TypeError("Can't modify immutable headers."))
      }
      expect(await each.text()).toBe('a')
    }
    expect(Object.keys(response)).toEqual(Object.keys(new Response()))
  })

  test('that redirect are not followed, and those without a body have none', async () => {
    pool()
      .intercept({ path: '/' })
      .reply(302, '', { headers: { location: '/x' } })
    pool().intercept({ path: '/' }).reply(204, 'ignored')
    expect((await send('/')).headers.get('location')).toBe('/x')
    expect((await send('/')).body).toBeNull()
  })

  test('have the headers of their interceptor', async () => {
    const interceptor = pool().intercept({ path: '/' }).defaultReplyHeaders({ a: '1', b: '1' })
    interceptor.replyContentLength().defaultReplyTrailers({ c: '1' })
    interceptor.reply(200, 'é', { headers: { B: '2' }, trailers: { d: '1' } })
    interceptor.reply(() => ({ statusCode: 200, data: 'abc' }))
    expect([...(await send('/')).headers]).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['content-length', '2'],
    ])
    expect((await send('/')).headers.get('content-length')).toBe('3')
  })

  test('are made by functions that see the request', async () => {
    const seen: unknown[] = []
    pool()
      .intercept({ path: /./, method: 'POST' })
      .reply(200, (request) => {
        seen.push(request)
        return `${request.body}!`
      })
    pool()
      .intercept({ path: /./ })
      .reply(async ({ path }) => ({
        statusCode: 404,
        data: { path },
        responseOptions: { headers: { a: 'b' } },
      }))
    expect(await text('/a?b=c#d', { method: 'POST', body: 'hi', headers: { 'X-A': 'b' } })).toBe('hi!')
    expect(seen).toEqual([
      {
        origin: ORIGIN,
        path: '/a?b=c',
        method: 'POST',
        body: 'hi',
        headers: { 'x-a': 'b', 'content-type': 'text/plain;charset=UTF-8' },
      },
    ])
    const response = await send('/x')
    expect(response.status).toBe(404)
    expect(response.headers.get('a')).toBe('b')
    expect(await response.json()).toEqual({ path: '/x' })
  })

  test('that fail reject with what they failed with', async () => {
    const error = { not: 'even an error' }
    const thrown = new RangeError('thrown')
    pool().intercept({ path: '/' }).replyWithError(error)
    pool()
      .intercept({ path: '/' })
      .reply(() => {
        throw thrown
      })
    pool()
      .intercept({ path: '/' })
      .reply((() => 5) as never)
    pool()
      .intercept({ path: '/' })
      .reply((() => ({ data: 'x' })) as never)
    await expect(send('/')).rejects.toBe(error)
    await expect(send('/')).rejects.toBe(thrown)
    await expect(send('/')).rejects.toThrow('reply options callback must return an object')
    await expect(send('/')).rejects.toThrow('statusCode must be defined')
  })

  test('can be late, by the timers of the test', async () => {
    vi.useFakeTimers()
    pool().intercept({ path: '/' }).reply(200, 'late').delay(1000)
    const answered = vi.fn()
    const answer = send('/').then(answered)
    await vi.advanceTimersByTimeAsync(999)
    expect(answered).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await answer
    expect(answered).toHaveBeenCalledOnce()
    vi.useRealTimers()
  })
})

describe('abort signals', () => {
  const aborted = { name: 'AbortError', code: 'ABORT_ERR', message: 'The operation was aborted' }

  test('reject what waits', async () => {
    pool().intercept({ path: '/' }).reply(200).delay(60_000)
    const controller = new AbortController()
    const answer = send('/', { signal: controller.signal })
    controller.abort()
    await expect(answer).rejects.toMatchObject(aborted)
  })

  test('that are aborted use up nothing', async () => {
    pool().intercept({ path: '/' }).reply(200, 'mocked')
    await expect(send('/', { signal: AbortSignal.abort() })).rejects.toMatchObject(aborted)
    expect(await text('/', { signal: new AbortController().signal })).toBe('mocked')
  })
})

describe('wrong arguments', () => {
  const scope = () => pool().intercept({ path: '/' }).reply(200)
  const interceptor = () => pool().intercept({ path: '/' })

  test.each<[call: () => unknown, message: string]>([
    [() => pool().intercept(undefined as never), 'opts must be an object'],
    [() => pool().intercept('/' as never), 'opts must be an object'],
    [() => pool().intercept({} as never), 'opts.path must be defined'],
    [
      () => pool().intercept({ path: '/?a', query: { b: 1 } }),
      'Query params cannot be passed when url already contains "?" or "#".',
    ],
    [() => interceptor().reply(undefined as never), 'statusCode must be defined'],
    [() => interceptor().reply(200, '', 'x' as never), 'responseOptions must be an object'],
    [() => interceptor().reply(200, '', null as never), 'responseOptions must be an object'],
    [() => interceptor().replyWithError(undefined), 'error must be defined'],
    [() => interceptor().defaultReplyHeaders(undefined as never), 'headers must be defined'],
    [() => interceptor().defaultReplyTrailers(undefined as never), 'trailers must be defined'],
    [() => scope().times(0), 'repeatTimes must be a valid integer > 0'],
    [() => scope().times(1.5), 'repeatTimes must be a valid integer > 0'],
    [() => scope().delay(-1), 'waitInMs must be a valid integer > 0'],
    [() => scope().delay('1' as never), 'waitInMs must be a valid integer > 0'],
    [() => agent.enableNetConnect(1 as never), 'Unsupported matcher. Must be one of String|Function|RegExp.'],
    [() => agent.get(1 as never), 'Unsupported matcher. Must be one of String|Function|RegExp.'],
  ])('%s', (call, message) => {
    expect(call).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', code: 'UND_ERR_INVALID_ARG', message }),
    )
  })
})
