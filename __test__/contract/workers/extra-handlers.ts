/** The user Worker of the suite of events that a service binding can make. */
import type { MessageBatch, ScheduledController } from '@cloudflare/workers-types/index.ts'

/** What was handled, in order. */
export const handled: unknown[] = []

export default {
  fetch(): Response {
    return new Response('ok')
  },

  scheduled(controller: ScheduledController): void {
    handled.push({ cron: controller.cron, scheduledTime: controller.scheduledTime })
    if (controller.cron === 'never again') controller.noRetry()
    if (controller.cron === 'fails') throw new Error('no schedule')
  },

  queue(batch: MessageBatch): void {
    handled.push({ queue: batch.queue, bodies: batch.messages.map(({ body }) => body) })
    for (const message of batch.messages) {
      if (message.body === 'acknowledge') message.ack()
      if (message.body === 'retry') message.retry({ delaySeconds: 5 })
      if (message.body === 'retry all') batch.retryAll({ delaySeconds: 7 })
      if (message.body === 'acknowledge all') batch.ackAll()
    }
  },
}
