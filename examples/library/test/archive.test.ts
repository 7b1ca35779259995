// Two databases: each has migrations of its own, and no transaction spans them.
import { createScheduledController, env } from 'cloudflare:test'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { addBook } from '../src/books'
import worker from '../src/index'
import { lendBook, returnBook } from '../src/loans'

const { ARCHIVE, CATALOG } = env

let emma: number

// Seeds what every test below starts from: two loans that are over, and one that is not.
beforeAll(async () => {
  emma = await addBook(CATALOG, { title: 'Emma', author: 'Jane Austen', copies: 3 })
  await lendBook(CATALOG, emma, 'ada', '2026-08-01')
  await returnBook(CATALOG, emma, 'ada', '2026-08-20')
  await lendBook(CATALOG, emma, 'bob', '2026-09-01')
  await returnBook(CATALOG, emma, 'bob', '2026-10-30')
  await lendBook(CATALOG, emma, 'cleo', '2026-09-01')
})

afterEach(() => vi.restoreAllMocks())

function night(date: string): Promise<void> {
  return worker.scheduled(createScheduledController({ scheduledTime: new Date(date) }), env)
}

async function loansIn(db: D1Database): Promise<unknown[]> {
  return (await db.prepare('SELECT id FROM loans ORDER BY id').raw()).flat()
}

test('loans that ended more than 30 days ago are moved', async () => {
  await night('2026-11-02')
  expect(await loansIn(CATALOG)).toEqual([2, 3])
  expect(await ARCHIVE.prepare('SELECT * FROM loans').first()).toEqual({
    id: 1,
    title: 'Emma',
    lent_on: '2026-08-01',
    returned_on: '2026-08-20',
  })
})

test('more of them later, but none that is not over', async () => {
  await night('2027-11-02')
  expect(await loansIn(CATALOG)).toEqual([3])
  expect(await loansIn(ARCHIVE)).toEqual([1, 2])
})

test('a night that fails half-way loses nothing, and the next one goes on', async () => {
  vi.spyOn(CATALOG, 'batch').mockRejectedValueOnce(new Error('the catalog is gone'))
  await expect(night('2027-11-02')).rejects.toThrow('the catalog is gone')
  expect(await loansIn(CATALOG)).toEqual([1, 2, 3])
  expect(await loansIn(ARCHIVE)).toEqual([1, 2])

  await night('2027-11-03')
  expect(await loansIn(CATALOG)).toEqual([3])
  expect(await loansIn(ARCHIVE)).toEqual([1, 2])
})

test('a new loan does not take the place of one in the archive', async () => {
  await CATALOG.exec('DELETE FROM loans WHERE returned_on IS NULL')
  await night('2027-11-02')
  expect(await loansIn(CATALOG)).toEqual([])
  await lendBook(CATALOG, emma, 'ada', '2027-11-03')
  expect(await loansIn(CATALOG)).toEqual([4])
})

test('many are moved in several steps', async () => {
  const insert = CATALOG.prepare(
    "INSERT INTO loans (book_id, member, lent_on, returned_on) SELECT id, ?, '2026-01-01', '2026-01-02' FROM books",
  )
  await CATALOG.batch(Array.from({ length: 60 }, (_, n) => insert.bind(`member ${n}`)))
  const batch = vi.spyOn(ARCHIVE, 'batch')
  await night('2026-11-02')
  expect(batch.mock.calls.map(([statements]) => statements.length)).toEqual([50, 11])
  expect(await loansIn(CATALOG)).toHaveLength(2)
})
