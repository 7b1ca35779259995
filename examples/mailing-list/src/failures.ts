import type { Delivery } from './deliveries'

/** Somebody may want to look at them, but not forever. */
const KEPT_S = 30 * 24 * 60 * 60

/** Writes down what could not be delivered. What throws here is tried again, and then lost. */
export async function recordFailures(batch: MessageBatch<Delivery>, env: Env): Promise<void> {
  for (const { id, timestamp, body } of batch.messages) {
    // The same message is written to the same key, should it arrive twice.
    await env.FAILURES.put(`${body.to}/${id}`, JSON.stringify(body), {
      metadata: { since: timestamp.toISOString() },
      expirationTtl: KEPT_S,
    })
  }
}

export async function listFailures(env: Env): Promise<{ to: string; subject: string }[]> {
  const { keys } = await env.FAILURES.list()
  const failures = await Promise.all(keys.map(({ name }) => env.FAILURES.get<Delivery>(name, 'json')))
  return failures.filter((failure) => failure !== null).map(({ to, subject }) => ({ to, subject }))
}
