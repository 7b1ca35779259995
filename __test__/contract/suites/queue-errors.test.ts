import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { any, contract, errorOf } from '../contract.ts'

const { PLAIN } = env

const text = (length: number): { body: string; contentType: 'text' } => ({
  body: 'x'.repeat(length),
  contentType: 'text',
})

contract('queue-errors: a message may have 128000 bytes', async () => {
  await PLAIN.send('x'.repeat(128_000), { contentType: 'text' })
  await PLAIN.sendBatch([text(128_000), text(128_000)])
})

contract('queue-errors: a larger message is refused', async () => {
  expect(await errorOf(() => PLAIN.send('x'.repeat(128_001), { contentType: 'text' }))).toBe(
    'Error: Queue send failed: message length of 128001 bytes exceeds limit of 128000',
  )
})

contract('queue-errors: the size of a message is that of its UTF-8 and JSON', async () => {
  expect(await errorOf(() => PLAIN.send('é'.repeat(64_000)))).toBe(
    'Error: Queue send failed: message length of 128002 bytes exceeds limit of 128000',
  )
})

contract('queue-errors: a batch may have a hundred messages', async () => {
  await PLAIN.sendBatch(Array.from({ length: 100 }, () => text(1)))
})

contract('queue-errors: more messages are refused', async () => {
  expect(await errorOf(() => PLAIN.sendBatch(Array.from({ length: 101 }, () => text(1))))).toBe(
    'Error: Queue sendBatch failed: batch message count of 101 exceeds limit of 100',
  )
})

contract('queue-errors: a larger message in a batch is refused', async () => {
  expect(await errorOf(() => PLAIN.sendBatch([text(1), text(128_001)]))).toBe(
    'Error: Queue sendBatch failed: message in batch has length 128001 bytes which exceeds single message size limit of 128000',
  )
})

contract('queue-errors: a batch may have 288000 bytes', async () => {
  await PLAIN.sendBatch([text(100_000), text(100_000), text(88_000)])
})

contract('queue-errors: a larger batch is refused', async () => {
  expect(await errorOf(() => PLAIN.sendBatch([text(100_000), text(100_000), text(88_001)]))).toBe(
    'Error: Queue sendBatch failed: batch size of 288001 bytes exceeds limit of 288000',
  )
})

contract('queue-errors: a delay may be a day', async () => {
  await PLAIN.send('later', { delaySeconds: 86_400 })
  await PLAIN.sendBatch([{ body: 'later', delaySeconds: 86_400 }])
})

for (const delaySeconds of [86_401, -1]) {
  contract(`queue-errors: a delay of ${delaySeconds} seconds is refused`, async () => {
    expect(await errorOf(() => PLAIN.send('x', { delaySeconds }))).toContain(
      `Error: Queue send failed: message delay ${delaySeconds} is invalid`,
    )
    expect(await errorOf(() => PLAIN.sendBatch([text(1)], { delaySeconds }))).toContain(
      `Error: Queue sendBatch failed: message delay ${delaySeconds} is invalid`,
    )
    expect(await errorOf(() => PLAIN.sendBatch([{ ...text(1), delaySeconds }]))).toContain(
      `Error: Queue sendBatch failed: message delay ${delaySeconds} is invalid`,
    )
  })
}

contract('queue-errors: an unknown content type is refused', async () => {
  const message = 'TypeError: Unsupported queue message content type: xml'
  expect(await errorOf(() => PLAIN.send('x', { contentType: any('xml') }))).toBe(message)
  expect(await errorOf(() => PLAIN.sendBatch([{ body: 'x', contentType: any('xml') }]))).toBe(message)
})

contract('queue-errors: undefined is no message', async () => {
  expect(await errorOf(() => PLAIN.send(undefined))).toBe('TypeError: Message body cannot be undefined')
})

contract('queue-errors: a body must fit its content type', async () => {
  expect(await errorOf(() => PLAIN.send(1, { contentType: 'text' }))).toBe(
    'TypeError: Content Type "text" requires a value of type string, but received: number',
  )
  expect(await errorOf(() => PLAIN.send(new ArrayBuffer(1), { contentType: 'bytes' }))).toBe(
    'TypeError: Content Type "bytes" requires a value of type ArrayBufferView, but received: object',
  )
})

contract('queue-errors: a batch of nothing is refused', async () => {
  expect(await errorOf(() => PLAIN.sendBatch([]))).toBe(
    'TypeError: sendBatch() requires at least one message',
  )
})
