// The handler alone: a batch that the test makes, and what the handler decides about each message of it.
import { createExecutionContext, createMessageBatch, env, getQueueResult } from 'cloudflare:test'
import { afterEach, expect, test, vi } from 'vitest'
import { type Delivery, delayOf } from '../src/deliveries'
import worker from '../src/index'
import { mockMailService } from './mail-service'

afterEach(() => vi.restoreAllMocks())

/** A batch with a mail to each name. The name is the id of the message, too. */
function batchTo(queue: string, ...names: string[]): MessageBatch<Delivery> {
  return createMessageBatch(
    queue,
    names.map((id) => ({
      id,
      timestamp: Date.UTC(2026, 10, 2),
      attempts: 2,
      body: { to: `${id}@example.com`, subject: 'News', text: 'None.' },
    })),
  )
}

async function handle(batch: MessageBatch<Delivery>) {
  const ctx = createExecutionContext()
  await worker.queue(batch, env)
  return getQueueResult(batch, ctx)
}

test('each message of a batch is decided on its own', async () => {
  const statuses: Record<string, number> = {
    'ada@example.com': 202,
    'bob@example.com': 410,
    'cleo@example.com': 429,
  }
  mockMailService(({ to }) => new Response(null, { status: statuses[to] }))
  const result = await handle(batchTo('deliveries', 'ada', 'bob', 'cleo'))
  expect(result.explicitAcks).toEqual(['ada', 'bob'])
  expect(result.retryMessages).toEqual([{ msgId: 'cleo' }])
})

test('the delay is what the service asks for', async () => {
  mockMailService(() => new Response(null, { status: 429, headers: { 'retry-after': '17' } }))
  const batch = batchTo('deliveries', 'ada')
  // The result does not have the delay, but a spy on the message does.
  const retry = vi.spyOn(batch.messages[0], 'retry')
  await handle(batch)
  expect(retry).toHaveBeenCalledExactlyOnceWith({ delaySeconds: 17 })
})

test.each([
  [1, null, 60],
  [3, null, 240],
  [3, '5', 5],
])('delayOf(%j, %j) is %j', (attempts, retryAfter, expected) => {
  expect(delayOf(attempts, retryAfter)).toBe(expected)
})

test('dead letters are written down, with the time that they were sent', async () => {
  const result = await handle(batchTo('undelivered', 'ada', 'bob'))
  // Nothing was said about them, so the queue is done with them.
  expect(result).toMatchObject({ outcome: 'ok', explicitAcks: [], retryMessages: [] })
  const { keys } = await env.FAILURES.list()
  expect(keys).toMatchObject([
    { name: 'ada@example.com/ada', metadata: { since: '2026-11-02T00:00:00.000Z' } },
    { name: 'bob@example.com/bob' },
  ])
})
