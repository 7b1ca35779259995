import { env } from 'cloudflare:test'
import { expect, onTestFinished, vi } from 'vitest'

import { contract, errorOf, uniqueName } from '../contract.ts'
import {
  bodies,
  handle,
  has,
  receive,
  received,
  RECEIVE_TIMEOUT_MS,
  settle,
  TIMER_TOLERANCE_MS,
} from '../queues.ts'
import worker from '../worker.ts'

for (const [what, body] of [
  ['a string', 'é日'],
  ['a number', 5],
  ['null', null],
  ['an array', [1, ['a'], {}]],
] as const) {
  contract(`queues: JSON is the default content type: ${what}`, async () => {
    const tag = uniqueName('json')
    await env.PLAIN.send({ tag, body })
    expect(bodies(await receive(tag))).toEqual([{ tag, body }])
  })
}

contract('queues: a string is a JSON body', async () => {
  const tag = uniqueName('json')
  await env.PLAIN.send(tag)
  expect(bodies(await receive(tag))).toEqual([tag])
})

contract('queues: JSON loses what JSON loses', async () => {
  const tag = uniqueName('json')
  await env.PLAIN.send(
    { tag, date: new Date(0), missing: undefined, map: new Map([[1, 2]]) },
    { contentType: 'json' },
  )
  expect(bodies(await receive(tag))).toEqual([{ tag, date: '1970-01-01T00:00:00.000Z', map: {} }])
})

contract('queues: text comes as text', async () => {
  const tag = uniqueName('text')
  await env.PLAIN.send(`${tag} {"é": 日`, { contentType: 'text' })
  expect(bodies(await receive(tag))).toEqual([`${tag} {"é": 日`])
})

const decoded = (body: unknown): string =>
  body instanceof Uint8Array || body instanceof ArrayBuffer ? new TextDecoder().decode(body) : ''

contract('queues: bytes come with all their values', async () => {
  const tag = uniqueName('bytes')
  await env.PLAIN.send(new TextEncoder().encode(`${tag}é\0`), { contentType: 'bytes' })
  const [message] = await receive((body) => decoded(body).includes(tag))
  expect(decoded(message?.body)).toBe(`${tag}é\0`)
})

contract('queues: bytes come as a Uint8Array', async () => {
  const tag = uniqueName('bytes')
  await env.PLAIN.send(new TextEncoder().encode(tag), { contentType: 'bytes' })
  const [message] = await receive((body) => decoded(body).includes(tag))
  expect(message?.body).toBeInstanceOf(Uint8Array)
})

contract('queues: v8 keeps what can be cloned', async () => {
  const tag = uniqueName('v8')
  const body = {
    tag,
    map: new Map([[1, new Set(['a'])]]),
    date: new Date(5),
    pattern: /a/g,
    bytes: Uint8Array.of(1),
  }
  await env.PLAIN.send(body, { contentType: 'v8' })
  expect(bodies(await receive(tag))).toEqual([body])
})

contract('queues: v8 refuses what cannot be cloned', async () => {
  expect(await errorOf(() => env.PLAIN.send(() => {}, { contentType: 'v8' }))).toMatch(/^DataCloneError: /)
})

contract('queues: a body is copied when it is sent', async () => {
  const tag = uniqueName('copy')
  const body = { tag, list: [1] }
  const sent = env.PLAIN.send(body)
  body.list.push(2)
  await sent
  expect(bodies(await receive(tag))).toEqual([{ tag, list: [1] }])
})

contract('queues: a batch can mix content types', async () => {
  const tag = uniqueName('mixed')
  await env.PLAIN.sendBatch([
    { body: { tag } },
    { body: tag, contentType: 'text' },
    { body: { tag, map: new Map([[1, 2]]) }, contentType: 'v8' },
    { body: { tag, map: 0 }, contentType: 'json' },
  ])
  expect(bodies(await receive(tag, 4))).toEqual([
    { tag },
    tag,
    { tag, map: new Map([[1, 2]]) },
    { tag, map: 0 },
  ])
})

contract('queues: a batch can be anything iterable', async () => {
  const tag = uniqueName('iterable')
  await env.PLAIN.sendBatch(new Set([{ body: `${tag}1` }, { body: `${tag}2` }]))
  expect(bodies(await receive(tag, 2))).toEqual([`${tag}1`, `${tag}2`])
})

contract('queues: messages have an id, a time and the number of attempts', async () => {
  const tag = uniqueName('fields')
  const before = Date.now()
  await env.PLAIN.send(`${tag}1`)
  await env.PLAIN.send(`${tag}2`)
  const after = Date.now()
  const [first, second] = await receive(tag, 2)
  expect(first?.id).toMatch(/^[\da-f]{32}$/)
  expect(first?.id).not.toBe(second?.id)
  expect(first?.timestamp).toBeInstanceOf(Date)
  expect(first?.timestamp.getTime()).toBeGreaterThanOrEqual(before)
  expect(first?.timestamp.getTime()).toBeLessThanOrEqual(after)
  expect(first?.attempts).toBe(1)
})

contract('queues: a batch has the name of its queue', async () => {
  const tag = uniqueName('name')
  await env.PLAIN.send(tag)
  await env.OTHER.send(`${tag}other`)
  const queues = (await receive(tag, 2)).map(({ body, batch }) => [body, batch.queue])
  expect(new Map(queues as [string, string][])).toEqual(
    new Map([
      [tag, 'plain'],
      [`${tag}other`, 'other'],
    ]),
  )
})

contract('queues: send() resolves to metrics', async () => {
  const { metadata } = await env.PLAIN.send(uniqueName('metrics'))
  expect(metadata.metrics).toMatchObject({
    backlogCount: expect.any(Number),
    backlogBytes: expect.any(Number),
  })
  const batch = await env.PLAIN.sendBatch([{ body: uniqueName('metrics') }])
  expect(batch.metadata.metrics.backlogCount).toBeTypeOf('number')
})

contract('queues: a queue without consumer takes messages', async () => {
  await env.UNCONSUMED.send('into the void')
  await env.UNCONSUMED.sendBatch([{ body: 1 }])
})

contract('queues: send() can be replaced', async () => {
  const tag = uniqueName('replaced')
  const send = vi.spyOn(env.PLAIN, 'send').mockResolvedValue(undefined as never)
  await env.PLAIN.send(tag)
  expect(send).toHaveBeenCalledExactlyOnceWith(tag)
  send.mockRestore()
  await settle(env.PLAIN)
  expect(received(has(tag))).toEqual([])
})

contract('queues: the handler can be replaced', async () => {
  const tag = uniqueName('replaced')
  const queue = vi.spyOn(worker, 'queue').mockImplementation(async () => {})
  await env.PLAIN.send(tag)
  const isSeen = (): boolean =>
    queue.mock.calls.some(([batch]) => batch.messages.some(({ body }) => body === tag))
  await vi.waitUntil(isSeen, { timeout: RECEIVE_TIMEOUT_MS })
  queue.mockRestore()
  expect(received(has(tag))).toEqual([])
})

contract('queues: messages come in order, and those of one batch together', async () => {
  const tag = uniqueName('order')
  const sent = Array.from({ length: 20 }, (_, index) => `${tag}-${index}`)
  await env.PLAIN.sendBatch(sent.map((body) => ({ body })))
  const messages = await receive(tag, 20)
  expect(bodies(messages)).toEqual(sent)
  expect(new Set(messages.map(({ batch }) => batch)).size).toBe(1)
})

contract('queues: messages that are sent one after another come in order', async () => {
  const tag = uniqueName('order')
  const sent = Array.from({ length: 10 }, (_, index) => `${tag}-${index}`)
  for (const body of sent) await env.PLAIN.send(body)
  expect(bodies(await receive(tag, 10))).toEqual(sent)
})

contract('queues: a full batch is delivered at once', async () => {
  const tag = uniqueName('single')
  await env.SINGLE.sendBatch([{ body: `${tag}1` }, { body: `${tag}2` }])
  const messages = await receive(tag, 2)
  expect(bodies(messages)).toEqual([`${tag}1`, `${tag}2`])
  expect(messages.map(({ batch }) => batch.messages.length)).toEqual([1, 1])
})

contract('queues: a batch waits until it is full', async () => {
  const tag = uniqueName('sized')
  await env.SIZED.send(`${tag}1`)
  await env.SIZED.send(`${tag}2`)
  // Another queue has delivered meanwhile, so this one could have, too.
  await settle(env.PLAIN)
  expect(received(has(tag))).toEqual([])
  await env.SIZED.send(`${tag}3`)
  const messages = await receive(tag, 3)
  expect(bodies(messages)).toEqual([`${tag}1`, `${tag}2`, `${tag}3`])
  expect(new Set(messages.map(({ batch }) => batch)).size).toBe(1)
})

contract('queues: metrics() are about what waits', async () => {
  const tag = uniqueName('metrics')
  expect((await env.SIZED.metrics()).backlogCount).toBe(0)
  const before = Date.now()
  await env.SIZED.send(`${tag}1`)
  const sent = await env.SIZED.metrics()
  expect(sent).toEqual({
    backlogCount: 1,
    // With its quotation marks.
    backlogBytes: tag.length + 3,
    oldestMessageTimestamp: expect.any(Date),
  })
  expect(sent.oldestMessageTimestamp?.getTime()).toBeGreaterThanOrEqual(before)
  await env.SIZED.sendBatch([{ body: `${tag}2` }, { body: `${tag}3` }])
  await receive(tag, 3)
  expect(await env.SIZED.metrics()).toEqual({
    backlogCount: 0,
    backlogBytes: 0,
    oldestMessageTimestamp: undefined,
  })
})

contract('queues: the metrics of a batch are about what still waits', async () => {
  const tag = uniqueName('metrics')
  await env.SIZED.sendBatch([1, 2, 3, 4].map((index) => ({ body: `${tag}${index}` })))
  const [first] = await receive(tag, 3)
  expect(first?.batch.metadata.metrics).toMatchObject({ backlogCount: 1, backlogBytes: tag.length + 3 })
  expect(first?.batch.metadata.metrics.oldestMessageTimestamp).toBeInstanceOf(Date)
  await env.SIZED.sendBatch([{ body: `${tag}5` }, { body: `${tag}6` }])
  const messages = await receive(tag, 6)
  expect(messages.at(-1)?.batch.metadata.metrics).toMatchObject({ backlogCount: 0, backlogBytes: 0 })
})

contract('queues: by default a batch has five messages, or waits a second', async () => {
  const tag = uniqueName('defaults')
  await env.DEFAULTS.sendBatch([1, 2, 3, 4, 5, 6].map((index) => ({ body: `${tag}${index}` })))
  const messages = await receive(tag, 6)
  expect(messages.map(({ batch }) => batch.messages.length)).toEqual([5, 5, 5, 5, 5, 1])
  const [first, last] = [messages[0]!, messages[5]!]
  expect(last.batch.at - first.batch.at).toBeGreaterThanOrEqual(1000 - TIMER_TOLERANCE_MS)
})

contract('queues: handlers of different queues run at the same time', async () => {
  const tag = uniqueName('parallel')
  let release = (): void => {}
  const blocked = new Promise<void>((resolve) => {
    release = resolve
  })
  onTestFinished(release)
  handle('other', tag, () => blocked)
  await env.OTHER.send(`${tag}blocked`)
  await receive(`${tag}blocked`)
  await env.PLAIN.send(`${tag}free`)
  await receive(`${tag}free`)
})

contract('queues: a message can be delayed', async () => {
  const tag = uniqueName('delay')
  const before = Date.now()
  await env.PLAIN.send(`${tag}later`, { delaySeconds: 1 })
  await env.PLAIN.send(`${tag}now`)
  const messages = await receive(tag, 2)
  expect(bodies(messages)).toEqual([`${tag}now`, `${tag}later`])
  expect(messages[1]!.batch.at - before).toBeGreaterThanOrEqual(1000 - TIMER_TOLERANCE_MS)
})

contract('queues: the delay of a message wins over that of its batch', async () => {
  const tag = uniqueName('delay')
  const before = Date.now()
  await env.PLAIN.sendBatch([{ body: `${tag}later` }, { body: `${tag}now`, delaySeconds: 0 }], {
    delaySeconds: 1,
  })
  const messages = await receive(tag, 2)
  expect(bodies(messages)).toEqual([`${tag}now`, `${tag}later`])
  expect(messages[1]!.batch.at - before).toBeGreaterThanOrEqual(1000 - TIMER_TOLERANCE_MS)
})

contract('queues: with exposed error codes, an error says what is wrong', async () => {
  expect(await errorOf(() => env.PLAIN.send('x'.repeat(128_001), { contentType: 'text' }))).toContain(
    'message length of 128001 bytes exceeds limit of 128000',
  )
})
