/** The HTTP side: who is subscribed, and issues that are sent to all of them. */
import { Hono } from 'hono'
import type { Delivery } from './deliveries'
import { listFailures } from './failures'

/** Queues take so many messages at once. */
const MESSAGES_MAX = 100

interface Issue {
  subject: string
  text: string
  /** When it should go out. Queues hold messages back for a day at most. */
  delaySeconds?: number
}

export const app = new Hono<{ Bindings: Env }>()

app.put('/subscribers/:email', async (c) => {
  await c.env.SUBSCRIBERS.put(c.req.param('email'), '')
  return c.body(null, 204)
})

app.post('/issues', async (c) => {
  const { subject, text, delaySeconds = 0 } = await c.req.json<Issue>()
  // Mail takes long and fails often. So this only says what is to be done, one message for each subscriber, and the
  // answer does not wait for it.
  const { keys } = await c.env.SUBSCRIBERS.list()
  const messages = keys.map(({ name: to }): MessageSendRequest<Delivery> => ({ body: { to, subject, text } }))
  for (let at = 0; at < messages.length; at += MESSAGES_MAX) {
    await c.env.DELIVERIES.sendBatch(messages.slice(at, at + MESSAGES_MAX), { delaySeconds })
  }
  return c.json({ recipients: messages.length }, 202)
})

app.get('/failures', async (c) => c.json(await listFailures(c.env)))
