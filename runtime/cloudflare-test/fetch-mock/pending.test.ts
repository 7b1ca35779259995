import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import type { FetchInterceptor } from '../../runner/outbound-fetch.ts'
import { MockAgent } from './agent.ts'

let interceptor: FetchInterceptor | undefined
let agent: MockAgent

beforeEach(() => {
  agent = new MockAgent({ interceptFetch: (answer) => (interceptor = answer), beforeEachFile: () => {} })
  agent.activate()
  agent.disableNetConnect()
})

afterEach(() => {
  vi.unstubAllEnvs()
})

const send = (url: string): Promise<Response> => interceptor!([url], fetch)

function complaint(): unknown {
  try {
    agent.assertNoPendingInterceptors()
  } catch (error) {
    return error
  }
  return undefined
}

test('nothing is pending that was used', async () => {
  expect(complaint()).toBeUndefined()
  agent.get('https://a.example').intercept({ path: '/' }).reply(200)
  agent.get('https://a.example').intercept({ path: '/p' }).reply(200).persist()
  await send('https://a.example/')
  await send('https://a.example/p')
  expect(complaint()).toBeUndefined()
  expect(agent.pendingInterceptors()).toEqual([])
})

test('one is named', () => {
  vi.stubEnv('CI', 'true')
  agent
    .get('https://a.example')
    .intercept({ path: '/x', method: 'post', query: { a: 1 } })
    .reply(201, 'data')
  expect(complaint()).toMatchObject({
    name: 'UndiciError',
    code: 'UND_ERR',
    message:
      '1 interceptor is pending:\n\n- POST https://a.example/x?a=1 201 { persist: false, invoked: 0, remaining: 1 }',
  })
  expect(agent.pendingInterceptors()).toEqual([
    {
      origin: 'https://a.example',
      path: '/x?a=1',
      method: 'POST',
      body: undefined,
      headers: undefined,
      query: { a: 1 },
      times: 1,
      timesInvoked: 0,
      persist: false,
      consumed: false,
      pending: true,
      data: { error: null, statusCode: 201, data: 'data', headers: {}, trailers: {} },
    },
  ])
})

test('several are named in their order', async () => {
  vi.stubEnv('CI', 'true')
  const pool = agent.get('https://a.example')
  pool.intercept({ path: '/' }).reply(200).times(3)
  pool.intercept({ path: '/never' }).reply(200).persist()
  agent.get(/b/).intercept({ path: /x/ }).replyWithError(new Error('x'))
  await send('https://a.example/')
  expect((complaint() as Error).message).toBe(
    [
      '3 interceptors are pending:',
      '',
      '- GET https://a.example/ 200 { persist: false, invoked: 1, remaining: 2 }',
      '- GET https://a.example/never 200 { persist: true, invoked: 0, remaining: Infinity }',
      '- GET /b//x/ undefined { persist: false, invoked: 0, remaining: 1 }',
    ].join('\n'),
  )
})

test('values have colours, except in a CI', () => {
  vi.stubEnv('CI', undefined)
  agent.get('https://a.example').intercept({ path: '/' }).reply(200)
  const yellow = (text: string): string => `\u001b[33m${text}\u001b[39m`
  expect((complaint() as Error).message).toContain(
    `- GET https://a.example/ 200 { persist: ${yellow('false')}, invoked: ${yellow('0')}, remaining: ${yellow('1')} }`,
  )
})

test('a formatter has the last word', () => {
  agent.get('https://a.example').intercept({ path: '/' }).reply(200)
  const pendingInterceptorsFormatter = { format: (pending: readonly unknown[]) => `${pending.length} in all` }
  expect(() => agent.assertNoPendingInterceptors({ pendingInterceptorsFormatter })).toThrow(
    '1 interceptor is pending:\n\n1 in all',
  )
})
