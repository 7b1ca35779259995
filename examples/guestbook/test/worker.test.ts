// Integration style: requests go through the runtime to the Worker of wrangler.jsonc, as they do in
// production. `SELF` and `exports.default` are two names for it.
import { SELF, env } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { type Page, addEntry } from '../src/entries'

const ORIGIN = 'https://guestbook.example'

function sign(book: string, name: string): Promise<Response> {
  return SELF.fetch(`${ORIGIN}/${book}/entries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, message: 'Hello' }),
  })
}

describe('SELF', () => {
  test('signs and lists', async () => {
    // A body that nobody needs should still be read or cancelled.
    await (await sign('lobby', 'Ada')).body?.cancel()
    const response = await SELF.fetch(`${ORIGIN}/lobby/entries`)
    const { entries } = await response.json<Page>()
    expect(entries).toMatchObject([{ name: 'Ada', message: 'Hello' }])
  })

  test('shares its storage with the test', async () => {
    await (await sign('lobby', 'Ada')).body?.cancel()
    const { keys } = await env.GUESTBOOK.list({ prefix: 'lobby/' })
    expect(keys).toHaveLength(1)
  })

  test('answers 404 to what no route matches', async () => {
    const response = await SELF.fetch(`${ORIGIN}/`)
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('404 Not Found')
  })
})

describe('exports.default', () => {
  test('lists the newest entry first, page by page', async () => {
    for (const [signedAt, name] of ['Ada', 'Bob', 'Cleo'].entries()) {
      await addEntry(env.GUESTBOOK, 'lobby', { name, message: 'Hello' }, signedAt)
    }
    const names: string[][] = []
    let cursor: string | undefined
    do {
      const query = new URLSearchParams({ limit: '2', ...(cursor && { cursor }) })
      const response = await exports.default.fetch(`${ORIGIN}/lobby/entries?${query}`)
      const page = await response.json<Page>()
      names.push(page.entries.map(({ name }) => name))
      cursor = page.cursor
    } while (cursor)
    expect(names).toEqual([['Cleo', 'Bob'], ['Ada']])
  })

  test('keeps books apart', async () => {
    await addEntry(env.GUESTBOOK, 'lobby', { name: 'Ada', message: 'Hello' })
    const response = await exports.default.fetch(`${ORIGIN}/garden/entries`)
    expect(await response.json()).toEqual({ entries: [] })
  })

  test('reports what a Durable Object has counted', async () => {
    const book = crypto.randomUUID()
    const counter = env.COUNTER.get(env.COUNTER.idFromName(book))
    await counter.record('signed')
    await counter.record('signed')
    await counter.record('deleted')
    const response = await exports.default.fetch(`${ORIGIN}/${book}/stats`)
    expect(await response.json()).toEqual({ signed: 2, deleted: 1 })
  })
})
