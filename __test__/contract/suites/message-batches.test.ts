import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { expect, onTestFinished, vi } from 'vitest'

import { any, contract, errorOf } from '../contract.ts'

type Batch = ReturnType<typeof createMessageBatch>

const message = (id: string): { id: string; timestamp: Date; attempts: number; body: unknown } => ({
  id,
  timestamp: new Date(1000),
  attempts: 1,
  body: `body of ${id}`,
})

const batchOf = (...ids: string[]): Batch => createMessageBatch('orders', ids.map(message))

/** The result of a batch after something was done with it, and what was warned of. */
async function resultOf(use: (batch: Batch) => void): Promise<{ result: unknown; warnings: string[] }> {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  onTestFinished(() => warn.mockRestore())
  const batch = batchOf('a', 'b', 'c')
  use(batch)
  const result = await getQueueResult(batch, createExecutionContext())
  return { result, warnings: warn.mock.calls.map((args) => args.join(' ')) }
}

/** A result in which only what is given is not as in the beginning. */
const result = (marks: object): object => ({
  outcome: 'ok',
  ackAll: false,
  retryBatch: { retry: false },
  explicitAcks: [],
  retryMessages: [],
  ...marks,
})

contract('message-batches: a made batch has its messages', () => {
  const batch = batchOf('a', 'b')
  expect(batch.queue).toBe('orders')
  expect(batch.messages.map(({ id, attempts, body }) => [id, attempts, body])).toEqual([
    ['a', 1, 'body of a'],
    ['b', 1, 'body of b'],
  ])
  expect(batch.messages[0]?.timestamp).toEqual(new Date(1000))
})

contract('message-batches: a made batch has metadata', () => {
  expect(batchOf().metadata).toEqual({
    metrics: { backlogCount: 0, backlogBytes: 0, oldestMessageTimestamp: new Date(0) },
  })
})

contract('message-batches: a made batch may be empty', () => {
  expect(batchOf().messages).toEqual([])
})

contract('message-batches: bodies and timestamps of a made batch are copies', () => {
  const source = { ...message('a'), body: { list: [1] } }
  const [made] = createMessageBatch('orders', [source]).messages
  source.body.list.push(2)
  source.timestamp.setTime(5)
  expect(made?.body).toEqual({ list: [1] })
  expect(made?.timestamp).toEqual(new Date(1000))
})

contract('message-batches: a made message may have any body that can be cloned', () => {
  const body = { map: new Map([[1, new Set(['a'])]]), bytes: Uint8Array.of(1), date: new Date(1), big: 1n }
  expect(createMessageBatch('orders', [{ ...message('a'), body }]).messages[0]?.body).toEqual(body)
})

contract('message-batches: a function is no body of a made message', async () => {
  const error = await errorOf(() => createMessageBatch('orders', [{ ...message('a'), body: () => {} }]))
  expect(error).toMatch(/^DataCloneError: /)
})

contract('message-batches: the timestamp of a made message may be a number', () => {
  const [made] = createMessageBatch('orders', [{ ...message('a'), timestamp: any(1234) }]).messages
  expect(made?.timestamp).toEqual(new Date(1234))
})

contract('message-batches: ids and queue names of made batches are made strings', () => {
  const batch = createMessageBatch(any(5), [{ ...message('a'), id: any(6) }])
  expect(batch.queue).toBe('5')
  expect(batch.messages[0]?.id).toBe('6')
})

for (const [what, args, error] of [
  [
    'no arguments',
    [],
    "TypeError: Failed to execute 'createMessageBatch': parameter 1 is not of type 'string'.",
  ],
  [
    'messages that are no array',
    ['orders', {}],
    "TypeError: Failed to execute 'createMessageBatch': parameter 2 is not of type 'Array'.",
  ],
  [
    'a timestamp that is no date',
    ['orders', [{ ...message('a'), timestamp: 'today' }]],
    "TypeError: Incorrect type for the 'timestamp' field on 'ServiceBindingQueueMessage': the provided value is not of type 'date'.",
  ],
  [
    'attempts that are no number',
    ['orders', [{ ...message('a'), attempts: '1' }]],
    "TypeError: Incorrect type for the 'attempts' field on 'ServiceBindingQueueMessage': the provided value is not of type 'number'.",
  ],
  [
    'a serialized body',
    ['orders', [{ ...message('a'), serializedBody: new ArrayBuffer(1) }]],
    'TypeError: Cannot use `serializedBody` with `createMessageBatch()`',
  ],
] as const) {
  contract(`message-batches: createMessageBatch() refuses ${what}`, async () => {
    expect(await errorOf(() => Reflect.apply(createMessageBatch, undefined, args))).toBe(error)
  })
}

contract('message-batches: getQueueResult() refuses what is not a made batch', async () => {
  expect(await errorOf(() => getQueueResult(any({}), createExecutionContext()))).toBe(
    "TypeError: Failed to execute 'getQueueResult': parameter 1 is not of type 'MessageBatch'.\n" +
      "You must call 'createMessageBatch()' to get a 'MessageBatch' instance.",
  )
})

contract('message-batches: getQueueResult() refuses what is not a made context', async () => {
  expect(await errorOf(() => getQueueResult(batchOf(), any({ waitUntil() {} })))).toBe(
    "TypeError: Failed to execute 'getQueueResult': parameter 2 is not of type 'ExecutionContext'.\n" +
      "You must call 'createExecutionContext()' to get an 'ExecutionContext' instance.",
  )
})

contract('message-batches: getQueueResult() waits for background work', async () => {
  const batch = batchOf('a')
  const ctx = createExecutionContext()
  ctx.waitUntil(Promise.resolve().then(() => batch.messages[0]?.ack()))
  expect(await getQueueResult(batch, ctx)).toEqual(result({ explicitAcks: ['a'] }))
})

contract('message-batches: getQueueResult() rejects when background work does', async () => {
  const ctx = createExecutionContext()
  const failed = new Error('background')
  ctx.waitUntil(Promise.reject(failed))
  await expect(getQueueResult(batchOf('a'), ctx)).rejects.toBe(failed)
})

/** What one does with a batch, what it results in, and what is warned of. */
const uses: [string, (batch: Batch) => void, object, string[]][] = [
  ['nothing', () => {}, {}, []],
  ['ack()', ({ messages: [a] }) => a?.ack(), { explicitAcks: ['a'] }, []],
  ['retry()', ({ messages: [a] }) => a?.retry(), { retryMessages: [{ msgId: 'a' }] }, []],
  ['ackAll()', (batch) => batch.ackAll(), { ackAll: true }, []],
  ['retryAll()', (batch) => batch.retryAll(), { retryBatch: { retry: true } }, []],
  [
    'ack() and retry() in another order than that of messages',
    ({ messages: [a, b, c] }) => {
      c?.ack()
      b?.retry()
      a?.ack()
    },
    { explicitAcks: ['a', 'c'], retryMessages: [{ msgId: 'b' }] },
    [],
  ],
  [
    'ack() twice',
    ({ messages: [a] }) => {
      a?.ack()
      a?.ack()
    },
    { explicitAcks: ['a'] },
    [],
  ],
  [
    'retry() twice',
    ({ messages: [a] }) => {
      a?.retry()
      a?.retry()
    },
    { retryMessages: [{ msgId: 'a' }] },
    [],
  ],
  [
    'ack(), then retry()',
    ({ messages: [a] }) => {
      a?.ack()
      a?.retry()
    },
    { explicitAcks: ['a'] },
    [
      'Received a call to retry() on message a after ack() was already called. Calling retry() on a message after calling ack() has no effect.',
    ],
  ],
  [
    'retry(), then ack()',
    ({ messages: [a] }) => {
      a?.retry()
      a?.ack()
    },
    { retryMessages: [{ msgId: 'a' }] },
    [
      'Received a call to ack() on message a after retry() was already called. Calling ack() on a message after calling retry() has no effect.',
    ],
  ],
  [
    'ackAll(), then retry()',
    (batch) => {
      batch.ackAll()
      batch.messages[0]?.retry()
    },
    { ackAll: true },
    [
      'Received a call to retry() on message a after ackAll() was already called. Calling retry() on a message after calling ackAll() has no effect.',
    ],
  ],
  [
    'ackAll(), then ack()',
    (batch) => {
      batch.ackAll()
      batch.messages[0]?.ack()
    },
    { ackAll: true },
    [],
  ],
  [
    'retryAll(), then ack()',
    (batch) => {
      batch.retryAll()
      batch.messages[0]?.ack()
    },
    { retryBatch: { retry: true } },
    [
      'Received a call to ack() on message a after retryAll() was already called. Calling ack() on a message after calling retryAll() has no effect.',
    ],
  ],
  [
    'retryAll(), then retry()',
    (batch) => {
      batch.retryAll()
      batch.messages[0]?.retry()
    },
    { retryBatch: { retry: true } },
    [],
  ],
  [
    'ackAll(), then retryAll()',
    (batch) => {
      batch.ackAll()
      batch.retryAll()
    },
    { ackAll: true },
    [
      'Received a call to retryAll() after ackAll() was already called. Calling retryAll() after calling ackAll() has no effect.',
    ],
  ],
  [
    'retryAll(), then ackAll()',
    (batch) => {
      batch.retryAll()
      batch.ackAll()
    },
    { retryBatch: { retry: true } },
    [
      'Received a call to ackAll() after retryAll() was already called. Calling ackAll() after calling retryAll() has no effect.',
    ],
  ],
  [
    'ack() and retry(), then ackAll()',
    (batch) => {
      batch.messages[0]?.ack()
      batch.messages[1]?.retry()
      batch.ackAll()
    },
    { ackAll: true, explicitAcks: ['a'], retryMessages: [{ msgId: 'b' }] },
    [],
  ],
]

for (const [what, use, marks, warnings] of uses) {
  contract(`message-batches: result of ${what}`, async () => {
    expect(await resultOf(use)).toEqual({ result: result(marks), warnings })
  })
}

contract('message-batches: a retry may have a delay', async () => {
  const batch = batchOf('a')
  batch.messages[0]?.retry({ delaySeconds: 3 })
  batch.retryAll({ delaySeconds: 7 })
  expect(await getQueueResult(batch, createExecutionContext())).toMatchObject({
    retryBatch: { retry: true },
    retryMessages: [{ msgId: 'a' }],
  })
})

contract('message-batches: made batches and messages cannot be changed', async () => {
  const batch = batchOf('a')
  expect(await errorOf(() => Object.assign(batch, { queue: 'other' }))).toMatch(/^TypeError: /)
  expect(await errorOf(() => Object.assign(batch.messages[0]!, { id: 'other' }))).toMatch(/^TypeError: /)
})

contract('message-batches: methods of made batches need their object', async () => {
  const { ackAll } = batchOf('a')
  expect(await errorOf(() => Reflect.apply(ackAll, {}, []))).toMatch(/^TypeError: /)
})
