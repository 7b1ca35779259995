/**
 * The user Worker of all suites. It shares its module with the tests, so they learn from here what its
 * queue consumer was given, and say what that does.
 */
import type { MessageBatch } from '@cloudflare/workers-types/index.ts'

/** A batch that was delivered, copied before a handler did anything with it. */
export interface Delivery {
  queue: string
  /** When it came, in milliseconds since the epoch. */
  at: number
  metadata: MessageBatch['metadata']
  messages: { id: string; timestamp: Date; attempts: number; body: unknown }[]
}

/** Everything that was delivered in this file, in order. */
export const deliveries: Delivery[] = []

type Handler = (batch: MessageBatch) => void | Promise<void>

const handlers = new Map<string, Handler>()

/** Says what is done with the batches of a queue; by default all messages are acknowledged implicitly. */
export function onBatch(queue: string, handler: Handler): void {
  handlers.set(queue, handler)
}

export default {
  fetch(): Response {
    return new Response('contract')
  },

  async queue(batch: MessageBatch): Promise<void> {
    deliveries.push({
      queue: batch.queue,
      at: Date.now(),
      metadata: batch.metadata,
      messages: batch.messages.map(({ id, timestamp, attempts, body }) => ({
        id,
        timestamp,
        attempts,
        body,
      })),
    })
    await handlers.get(batch.queue)?.(batch)
  },
}
