// Unit style: the test imports the app and calls it like a function. It chooses the request, the bindings
// and the context, so it can wait for background work and swap a binding.
import { createExecutionContext, env, waitOnExecutionContext } from 'cloudflare:test'
import { describe, expect, test } from 'vitest'
import { app } from '../src/app'
import { addEntry, listEntries } from '../src/entries'

function post(body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
}

function remove(token: string): RequestInit {
  return { method: 'DELETE', headers: { authorization: `Bearer ${token}` } }
}

/** Calls the app and waits for everything that it passed to `ctx.waitUntil`. */
async function call(path: string, init?: RequestInit, bindings: Env = env): Promise<Response> {
  const ctx = createExecutionContext()
  const response = await app.request(path, init, bindings, ctx)
  await waitOnExecutionContext(ctx)
  return response
}

describe('signing', () => {
  test('answers with the entry and its address', async () => {
    const response = await call('/tea/entries', post({ name: 'Ada', message: 'Lovely!' }))
    expect(response.status).toBe(201)
    const entry = await response.json<{ id: string }>()
    expect(entry).toMatchObject({ name: 'Ada', message: 'Lovely!', signedAt: expect.any(Number) })
    expect(response.headers.get('location')).toBe(`/tea/entries/${entry.id}`)
  })

  test('stores the entry', async () => {
    await call('/tea/entries', post({ name: 'Ada', message: 'Lovely!' }))
    // The same binding that the app has: tests may look behind its back.
    const { entries } = await listEntries(env.GUESTBOOK, 'tea')
    expect(entries).toMatchObject([{ name: 'Ada', message: 'Lovely!' }])
  })

  test('counts in the background', async () => {
    const book = 'counted'
    const ctx = createExecutionContext()
    await app.request(`/${book}/entries`, post({ name: 'Ada', message: 'Hi' }), env, ctx)
    // Without this line the next one would race against the count.
    await waitOnExecutionContext(ctx)
    const counter = env.COUNTER.get(env.COUNTER.idFromName(book))
    expect(await counter.totals()).toEqual({ signed: 1, deleted: 0 })
  })

  test.each([
    ['no JSON', undefined],
    ['no message', { name: 'Ada' }],
    ['an empty name', { name: ' ', message: 'Hi' }],
    ['a message that is too long', { name: 'Ada', message: 'x'.repeat(281) }],
  ])('rejects %s', async (_case, body) => {
    const response = await call('/tea/entries', post(body))
    expect(response.status).toBe(400)
    expect((await env.GUESTBOOK.list()).keys).toEqual([])
  })

  test('rejects banned words of wrangler.jsonc', async () => {
    const response = await call('/tea/entries', post({ name: 'Eve', message: 'Best CASINO!' }))
    expect(response.status).toBe(422)
    expect(await response.json()).toEqual({ error: 'banned words', banned: ['casino'] })
  })

  test('takes the banned words from its bindings', async () => {
    const bindings = { ...env, BANNED_WORDS: ['coffee'] }
    const coffee = await call('/tea/entries', post({ name: 'Bob', message: 'Coffee!' }), bindings)
    const casino = await call('/tea/entries', post({ name: 'Bob', message: 'Casino!' }), bindings)
    expect([coffee.status, casino.status]).toEqual([422, 201])
  })
})

describe('deleting', () => {
  test('is for administrators', async () => {
    const { id } = await addEntry(env.GUESTBOOK, 'tea', { name: 'Ada', message: 'Hi' })
    const response = await call(`/tea/entries/${id}`, remove('guess'))
    expect(response.status).toBe(401)
    expect((await listEntries(env.GUESTBOOK, 'tea')).entries).toHaveLength(1)
  })

  test('removes the entry', async () => {
    const { id } = await addEntry(env.GUESTBOOK, 'tea', { name: 'Ada', message: 'Hi' })
    const response = await call(`/tea/entries/${id}`, remove(env.ADMIN_TOKEN))
    expect(response.status).toBe(204)
    expect((await listEntries(env.GUESTBOOK, 'tea')).entries).toEqual([])
  })

  test('says so when there is nothing to remove', async () => {
    const response = await call('/tea/entries/nonsense', remove(env.ADMIN_TOKEN))
    expect(response.status).toBe(404)
  })
})
