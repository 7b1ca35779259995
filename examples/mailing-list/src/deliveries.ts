/** One mail to one subscriber. */
export interface Delivery {
  to: string
  subject: string
  text: string
}

/** Hands each mail of a batch over to the mail service, and decides about each message on its own. */
export async function deliver(batch: MessageBatch<Delivery>, env: Env): Promise<void> {
  await Promise.all(batch.messages.map((message) => deliverOne(message, env)))
}

async function deliverOne(message: Message<Delivery>, env: Env): Promise<void> {
  const response = await fetch(env.MAIL_API, {
    method: 'POST',
    // A message may be delivered twice. The service sends one mail for one key.
    headers: { 'content-type': 'application/json', 'idempotency-key': message.id },
    body: JSON.stringify(message.body),
  })
  await response.body?.cancel()
  if (response.ok) return message.ack()
  if (response.status === 410) {
    // There is no such mailbox, and another attempt would not make one.
    await env.SUBSCRIBERS.delete(message.body.to)
    return message.ack()
  }
  message.retry({ delaySeconds: delayOf(message.attempts, response.headers.get('retry-after')) })
}

/** What the service asks for, else a minute, two, four. */
export function delayOf(attempts: number, retryAfter: string | null): number {
  return Number(retryAfter) || 60 * 2 ** (attempts - 1)
}
