/** What the suites of queues share: waiting for messages, and saying what is done with them. */
import type { env } from 'cloudflare:test'
import { onTestFinished, vi } from 'vitest'

import { uniqueName } from './contract.ts'
import { deliveries, onBatch } from './worker.ts'
import type worker from './worker.ts'
import type { Delivery } from './worker.ts'

type Batch = Parameters<typeof worker.queue>[0]

type Message = Batch['messages'][number]

/** A message as it was delivered, and in what batch. */
export type Received = Delivery['messages'][number] & { batch: Delivery }

/** Longer than any delay of a queue here, and than a busy machine needs. */
export const RECEIVE_TIMEOUT_MS = 10_000

/** How early a timer may fire: clocks are read in whole milliseconds, and in two processes. */
export const TIMER_TOLERANCE_MS = 20

/** Messages that have been delivered, by their bodies. */
export function received(matches: (body: unknown) => boolean): Received[] {
  return deliveries.flatMap((batch) =>
    batch.messages.filter(({ body }) => matches(body)).map((message) => ({ ...message, batch })),
  )
}

/** Whether a body is of a case; cases share queues. */
export const has =
  (tag: string) =>
  (body: unknown): boolean =>
    (JSON.stringify(body) ?? '').includes(tag)

/** Waits until so many messages have been delivered. */
export async function receive(
  matches: string | ((body: unknown) => boolean),
  count = 1,
): Promise<Received[]> {
  const match = typeof matches === 'string' ? has(matches) : matches
  await vi.waitUntil(() => received(match).length >= count, { timeout: RECEIVE_TIMEOUT_MS, interval: 10 })
  return received(match)
}

export const bodies = (messages: Received[]): unknown[] => messages.map(({ body }) => body)

export const attempts = (messages: Received[]): number[] => messages.map((message) => message.attempts)

/** Says what is done with a case's messages, as long as it runs. Those of other cases are acknowledged. */
export function handle(
  queue: string,
  tag: string,
  handler: (messages: Message[], batch: Batch) => void | Promise<void>,
): void {
  onTestFinished(() => onBatch(queue, () => {}))
  onBatch(queue, (batch) => {
    const messages = batch.messages.filter(({ body }) => has(tag)(body))
    if (messages.length > 0) return handler(messages, batch)
  })
}

/**
 * Waits until nothing more is to come of messages that have been sent and delivered. What is retried may be
 * queued behind the first message that is sent now, but not behind the second.
 */
export async function settle(queue: typeof env.PLAIN): Promise<void> {
  for (const last of [uniqueName('last'), uniqueName('last')]) {
    await queue.send(last)
    await receive(last)
  }
}
