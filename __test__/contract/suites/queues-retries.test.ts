import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'
import { attempts, bodies, handle, has, receive, received, settle, TIMER_TOLERANCE_MS } from '../queues.ts'

// Of the queues, `retried` gives up after two retries, `once` at once; both then hand a message
// to `dead`.

contract('queues: what is not retried comes once', async () => {
  const tag = uniqueName('ack')
  await env.RETRIED.send(tag)
  await receive(tag)
  await settle(env.RETRIED)
  expect(received(has(tag))).toHaveLength(1)
})

contract('queues: retry() brings one message again, as what it was', async () => {
  const tag = uniqueName('retry')
  handle('retried', tag, ([first, second]) => {
    if (first?.attempts === 1) second?.retry()
  })
  await env.RETRIED.sendBatch([{ body: `${tag}1` }, { body: `${tag}2` }, { body: `${tag}3` }])
  const messages = await receive(tag, 4)
  expect(bodies(messages)).toEqual([`${tag}1`, `${tag}2`, `${tag}3`, `${tag}2`])
  expect(attempts(messages)).toEqual([1, 1, 1, 2])
  expect(messages[3]?.id).toBe(messages[1]?.id)
  expect(messages[3]?.timestamp).toEqual(messages[1]?.timestamp)
})

contract('queues: retryAll() brings all messages again', async () => {
  const tag = uniqueName('retry')
  handle('retried', tag, ([first], batch) => {
    if (first?.attempts === 1) batch.retryAll()
  })
  await env.RETRIED.sendBatch([{ body: `${tag}1` }, { body: `${tag}2` }])
  const messages = await receive(tag, 4)
  expect(bodies(messages)).toEqual([`${tag}1`, `${tag}2`, `${tag}1`, `${tag}2`])
  expect(attempts(messages)).toEqual([1, 1, 2, 2])
})

contract('queues: a handler that throws brings all messages again', async () => {
  const tag = uniqueName('throws')
  handle('retried', tag, ([first]) => {
    if (first?.attempts === 1) throw new Error('on purpose')
  })
  await env.RETRIED.sendBatch([{ body: `${tag}1` }, { body: `${tag}2` }])
  expect(attempts(await receive(tag, 4))).toEqual([1, 1, 2, 2])
})

contract('queues: a handler that rejects brings all messages again', async () => {
  const tag = uniqueName('throws')
  handle('retried', tag, async ([first]) => {
    await Promise.resolve()
    if (first?.attempts === 1) throw new Error('on purpose')
  })
  await env.RETRIED.send(tag)
  expect(attempts(await receive(tag, 2))).toEqual([1, 2])
})

contract('queues: ackAll() lasts when the handler throws', async () => {
  const tag = uniqueName('throws')
  handle('retried', tag, ([first], batch) => {
    if (first?.attempts !== 1) return
    batch.ackAll()
    throw new Error('on purpose')
  })
  await env.RETRIED.send(tag)
  await receive(tag)
  await settle(env.RETRIED)
  expect(received(has(tag))).toHaveLength(1)
})

contract('queues: ack() lasts when the handler throws', async () => {
  const tag = uniqueName('throws')
  handle('retried', tag, ([first]) => {
    if (first?.attempts !== 1) return
    first.ack()
    throw new Error('on purpose')
  })
  await env.RETRIED.sendBatch([{ body: `${tag}1` }, { body: `${tag}2` }])
  await receive(tag, 3)
  await settle(env.RETRIED)
  expect(bodies(received(has(tag)))).toEqual([`${tag}1`, `${tag}2`, `${tag}2`])
})

contract('queues: ack() before retryAll() lasts', async () => {
  const tag = uniqueName('precedence')
  handle('retried', tag, ([first], batch) => {
    if (first?.attempts !== 1) return
    first.ack()
    batch.retryAll()
  })
  await env.RETRIED.sendBatch([{ body: `${tag}1` }, { body: `${tag}2` }])
  await receive(tag, 3)
  await settle(env.RETRIED)
  expect(bodies(received(has(tag)))).toEqual([`${tag}1`, `${tag}2`, `${tag}2`])
})

contract('queues: retry() before ackAll() lasts', async () => {
  const tag = uniqueName('precedence')
  handle('retried', tag, ([first], batch) => {
    if (first?.attempts === 1) first.retry()
    batch.ackAll()
  })
  await env.RETRIED.sendBatch([{ body: `${tag}1` }, { body: `${tag}2` }])
  expect(bodies(await receive(tag, 3))).toEqual([`${tag}1`, `${tag}2`, `${tag}1`])
})

contract('queues: the first of ack() and retry() counts', async () => {
  const tag = uniqueName('precedence')
  handle('retried', tag, ([first, second]) => {
    if (first?.attempts !== 1) return
    first.ack()
    first.retry()
    second?.retry()
    second?.ack()
  })
  await env.RETRIED.sendBatch([{ body: `${tag}1` }, { body: `${tag}2` }])
  await receive(tag, 3)
  await settle(env.RETRIED)
  expect(bodies(received(has(tag)))).toEqual([`${tag}1`, `${tag}2`, `${tag}2`])
})

contract('queues: after the last retry a message goes to the dead letter queue', async () => {
  const tag = uniqueName('dead')
  handle('retried', tag, (_, batch) => batch.retryAll())
  await env.RETRIED.send(tag)
  const messages = await receive(tag, 4)
  expect(messages.map(({ batch }) => batch.queue)).toEqual(['retried', 'retried', 'retried', 'dead'])
  expect(attempts(messages)).toEqual([1, 2, 3, 1])
  expect(new Set(messages.map(({ id }) => id)).size).toBe(1)
  expect(new Set(messages.map(({ timestamp }) => timestamp.getTime())).size).toBe(1)
})

contract('queues: without retries a message goes to the dead letter queue at once', async () => {
  const tag = uniqueName('dead')
  handle('once', tag, ([first]) => first?.retry())
  await env.ONCE.sendBatch([{ body: `${tag}1` }, { body: `${tag}2` }])
  const messages = await receive(tag, 3)
  expect(messages.map(({ batch, body }) => [batch.queue, body])).toEqual([
    ['once', `${tag}1`],
    ['once', `${tag}2`],
    ['dead', `${tag}1`],
  ])
})

contract('queues: a body keeps its type on the way to the dead letter queue', async () => {
  const tag = uniqueName('dead')
  handle('once', tag, (_, batch) => batch.retryAll())
  const body = { tag, map: new Map([[1, 2]]) }
  await env.ONCE.send(body, { contentType: 'v8' })
  expect(bodies(await receive(tag, 2))).toEqual([body, body])
})

contract('queues: without a dead letter queue a message is dropped after the last retry', async () => {
  const tag = uniqueName('dropped')
  // Without the delay that this queue's consumer has.
  handle('slow-retries', tag, (_, batch) => batch.retryAll({ delaySeconds: 0 }))
  await env.SLOW_RETRIES.send(tag)
  expect(attempts(await receive(tag, 2))).toEqual([1, 2])
  await settle(env.SLOW_RETRIES)
  expect(received(has(tag))).toHaveLength(2)
})

contract('queues: a retry can be delayed', async () => {
  const tag = uniqueName('retry')
  handle('retried', tag, ([first]) => {
    if (first?.attempts === 1) first.retry({ delaySeconds: 1 })
  })
  await env.RETRIED.send(tag)
  const [first, second] = await receive(tag, 2)
  expect(second!.batch.at - first!.batch.at).toBeGreaterThanOrEqual(1000 - TIMER_TOLERANCE_MS)
})

contract('queues: retrying all can be delayed', async () => {
  const tag = uniqueName('retry')
  handle('retried', tag, ([first], batch) => {
    if (first?.attempts === 1) batch.retryAll({ delaySeconds: 1 })
  })
  await env.RETRIED.send(tag)
  const [first, second] = await receive(tag, 2)
  expect(second!.batch.at - first!.batch.at).toBeGreaterThanOrEqual(1000 - TIMER_TOLERANCE_MS)
})

contract('queues: a consumer can delay all its retries', async () => {
  const tag = uniqueName('retry')
  handle('slow-retries', tag, ([first]) => {
    if (first?.attempts === 1) first.retry()
  })
  await env.SLOW_RETRIES.send(tag)
  const [first, second] = await receive(tag, 2)
  expect(second!.batch.at - first!.batch.at).toBeGreaterThanOrEqual(1000 - TIMER_TOLERANCE_MS)
})

contract('queues: a message that is sent by a handler comes, too', async () => {
  const tag = uniqueName('chain')
  handle('other', tag, async () => {
    await env.PLAIN.send(`${tag}-next`)
  })
  await env.OTHER.send(tag)
  const messages = await receive(tag, 2)
  expect(messages.map(({ batch, body }) => [batch.queue, body])).toEqual([
    ['other', tag],
    ['plain', `${tag}-next`],
  ])
})
