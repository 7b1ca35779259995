// End to end: a request sends messages, the queue delivers them to the handler, and the test waits for the effect.
import { env, SELF } from 'cloudflare:test'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import worker from '../src/index'
import { mockMailService } from './mail-service'

const issue = (body: object): Promise<Response> =>
  SELF.fetch('https://list.example/issues', { method: 'POST', body: JSON.stringify(body) })

beforeAll(async () => {
  for (const name of ['ada', 'bob', 'cleo']) {
    await SELF.fetch(`https://list.example/subscribers/${name}@example.com`, { method: 'PUT' })
  }
})

afterEach(() => vi.restoreAllMocks())

test('every subscriber gets the issue', async () => {
  const mails = mockMailService()
  const response = await issue({ subject: 'News', text: 'None.' })
  expect(await response.json()).toEqual({ recipients: 3 })
  await vi.waitFor(() => expect(mails).toHaveLength(3))
  expect(mails.map(({ to }) => to).sort()).toEqual(['ada@example.com', 'bob@example.com', 'cleo@example.com'])
})

test('messages that were sent together arrive in one batch', async () => {
  mockMailService()
  const queue = vi.spyOn(worker, 'queue')
  await issue({ subject: 'News', text: 'None.' })
  await vi.waitFor(() => expect(queue).toHaveBeenCalled())
  expect(queue).toHaveBeenCalledOnce()
  expect(queue.mock.calls[0][0]).toMatchObject({ queue: 'deliveries', messages: { length: 3 } })
})

test('more than ten make more than one batch', async () => {
  const mails = mockMailService()
  const queue = vi.spyOn(worker, 'queue')
  for (let n = 0; n < 8; n++) await env.SUBSCRIBERS.put(`reader-${n}@example.com`, '')
  await issue({ subject: 'News', text: 'None.' })
  await vi.waitFor(() => expect(mails).toHaveLength(11))
  expect(queue.mock.calls.map(([batch]) => batch.messages.length)).toEqual([10, 1])
})

test('who has no mailbox any more is no subscriber any more', async () => {
  mockMailService(({ to }) => new Response(null, { status: to.startsWith('bob') ? 410 : 200 }))
  await issue({ subject: 'News', text: 'None.' })
  await vi.waitFor(async () => expect(await env.SUBSCRIBERS.get('bob@example.com')).toBeNull())
  expect((await env.SUBSCRIBERS.list()).keys).toHaveLength(2)
})

test('and is one again in the next test', async () => {
  expect((await env.SUBSCRIBERS.list()).keys).toHaveLength(3)
})
