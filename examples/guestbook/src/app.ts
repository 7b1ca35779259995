/** The HTTP side: reads requests, decides, answers. Storage is in `entries.ts` and `counter.ts`. */
import { Hono } from 'hono'
import { type Draft, addEntry, deleteEntry, listEntries } from './entries'
import { findBannedWords } from './moderation'

const NAME_LENGTH_MAX = 40
const MESSAGE_LENGTH_MAX = 280
const PER_PAGE_MAX = 100

export const app = new Hono<{ Bindings: Env }>()

app.post('/:book/entries', async (c) => {
  const draft = toDraft(await c.req.json().catch(() => undefined))
  if (!draft) return c.json({ error: 'expected a name and a message' }, 400)

  const banned = findBannedWords(draft.message, c.env.BANNED_WORDS)
  if (banned.length > 0) return c.json({ error: 'banned words', banned }, 422)

  const book = c.req.param('book')
  const entry = await addEntry(c.env.GUESTBOOK, book, draft)
  // Counting must not delay the answer. `waitUntil` keeps the Worker alive until it is done.
  c.executionCtx.waitUntil(counterOf(c.env, book).record('signed'))
  return c.json(entry, 201, { location: `/${book}/entries/${entry.id}` })
})

app.get('/:book/entries', async (c) => {
  const { limit, cursor } = c.req.query()
  const perPage = Math.min(Number(limit) || 10, PER_PAGE_MAX)
  return c.json(await listEntries(c.env.GUESTBOOK, c.req.param('book'), perPage, cursor))
})

app.delete('/:book/entries/:id', async (c) => {
  if (c.req.header('authorization') !== `Bearer ${c.env.ADMIN_TOKEN}`) {
    return c.json({ error: 'only for administrators' }, 401)
  }
  const { book, id } = c.req.param()
  if (!(await deleteEntry(c.env.GUESTBOOK, book, id))) return c.json({ error: 'no such entry' }, 404)
  c.executionCtx.waitUntil(counterOf(c.env, book).record('deleted'))
  return c.body(null, 204)
})

app.get('/:book/stats', async (c) => {
  return c.json(await counterOf(c.env, c.req.param('book')).totals())
})

/** Each book has a counter of its own: the name of the object is the name of the book. */
function counterOf(env: Env, book: string) {
  return env.COUNTER.get(env.COUNTER.idFromName(book))
}

function toDraft(body: unknown): Draft | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { name, message } = body as Record<string, unknown>
  if (!isText(name, NAME_LENGTH_MAX) || !isText(message, MESSAGE_LENGTH_MAX)) return undefined
  return { name, message }
}

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= lengthMax
}
