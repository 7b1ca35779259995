// Requests to the Worker, and the session that goes from one to the next.
import { env, SELF } from 'cloudflare:test'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { addBook } from '../src/books'

const call = (path: string, init?: RequestInit): Promise<Response> =>
  SELF.fetch(`https://library.example${path}`, init)

let emma: number

beforeAll(async () => {
  emma = await addBook(env.CATALOG, { title: 'Emma', author: 'Jane Austen', copies: 1 })
})

beforeEach(() => {
  vi.setSystemTime('2026-11-02')
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('a book is found, lent and returned', async () => {
  const [book] = await (await call('/books?q=austen')).json<{ id: number }[]>()
  expect(book.id).toBe(emma)
  const loan = await call(`/loans/${emma}/ada`, { method: 'PUT' })
  expect([loan.status, await loan.json()]).toEqual([201, { lent_on: '2026-11-02' }])
  expect(await (await call('/loans/ada')).json()).toMatchObject([{ title: 'Emma' }])
  expect((await call(`/loans/${emma}/ada`, { method: 'DELETE' })).status).toBe(200)
  expect(await (await call(`/books/${emma}`)).json()).toMatchObject({ copies: 1 })
})

test.each([
  ['GET', '/books/0', 404, 'there is no such book'],
  ['PUT', '/loans/0/ada', 409, 'there is no such book'],
  ['DELETE', '/loans/0/ada', 404, 'there is no such loan'],
])('%s %s is %i: %s', async (method, path, status, error) => {
  const response = await call(path, { method })
  expect(response.status).toBe(status)
  expect(await response.json()).toEqual({ error })
})

describe('the session', () => {
  test('begins anywhere, and goes on from the bookmark of the answer before', async () => {
    const withSession = vi.spyOn(env.CATALOG, 'withSession')
    const loan = await call(`/loans/${emma}/ada`, { method: 'PUT' })
    const bookmark = loan.headers.get('x-bookmark')!
    expect(bookmark).not.toBe('')
    const loans = await call('/loans/ada', { headers: { 'x-bookmark': bookmark } })
    expect(await loans.json()).toHaveLength(1)
    expect(withSession.mock.calls).toEqual([['first-unconstrained'], [bookmark]])
  })

  test('has later bookmarks after later writes', async () => {
    const session = env.CATALOG.withSession('first-primary')
    expect(session.getBookmark()).toBeNull()
    const id = await addBook(session, { title: 'Persuasion', author: 'Jane Austen', copies: 1 })
    const added = session.getBookmark()!
    await session.prepare('DELETE FROM books WHERE id = ?').bind(id).run()
    // Bookmarks are compared as text.
    expect(session.getBookmark()! > added).toBe(true)
  })
})
