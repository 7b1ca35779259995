// Batches: all of their statements take effect, or none.
import { env } from 'cloudflare:test'
import { beforeAll, describe, expect, test } from 'vitest'
import { addBook, findBook } from '../src/books'
import { LoanRefused, lendBook, openLoans, returnBook } from '../src/loans'

const db = env.CATALOG
const MONDAY = '2026-11-02'
const FRIDAY = '2026-11-06'

let emma: number

beforeAll(async () => {
  emma = await addBook(db, { title: 'Emma', author: 'Jane Austen', copies: 1 })
})

const copies = async (): Promise<number | undefined> => (await findBook(db, emma))?.copies

test('a loan takes a copy from the shelf', async () => {
  await lendBook(db, emma, 'ada', MONDAY)
  expect(await copies()).toBe(0)
  expect(await openLoans(db, 'ada')).toMatchObject([{ title: 'Emma', lent_on: MONDAY }])
})

describe('when Ada has the only copy', () => {
  beforeAll(() => lendBook(db, emma, 'ada', MONDAY))

  test('a batch that fails in its second statement has not done the first', async () => {
    // The loan would be written down before the shelf turns out to be empty.
    await expect(lendBook(db, emma, 'bob', FRIDAY)).rejects.toThrow(new LoanRefused('no copy is left'))
    expect(await openLoans(db, 'bob')).toEqual([])
    expect(await copies()).toBe(0)
  })

  test('she does not get another one', async () => {
    await addBook(db, { title: 'Emma', author: 'Jane Austen', copies: 1 })
    await expect(lendBook(db, emma, 'ada', FRIDAY)).rejects.toThrow(new LoanRefused('you have it already'))
    expect(await copies()).toBe(1)
  })

  test('Bob gets it when she has returned it', async () => {
    expect(await returnBook(db, emma, 'ada', FRIDAY)).toBe(true)
    await lendBook(db, emma, 'bob', FRIDAY)
    expect(await openLoans(db, 'ada')).toEqual([])
    expect(await openLoans(db, 'bob')).toHaveLength(1)
  })

  test('it is returned once', async () => {
    expect(await returnBook(db, emma, 'ada', FRIDAY)).toBe(true)
    expect(await returnBook(db, emma, 'ada', FRIDAY)).toBe(false)
    expect(await copies()).toBe(1)
  })

  test('what Bob does not have he cannot return', async () => {
    expect(await returnBook(db, emma, 'bob', FRIDAY)).toBe(false)
    expect(await copies()).toBe(0)
  })
})

test('what is not in the catalog is not lent', async () => {
  await expect(lendBook(db, emma + 1, 'ada', MONDAY)).rejects.toThrow(
    new LoanRefused('there is no such book'),
  )
})

test('of many who want the last copy at once, one gets it', async () => {
  const members = ['ada', 'bob', 'cleo', 'dora']
  const results = await Promise.allSettled(members.map((member) => lendBook(db, emma, member, MONDAY)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await copies()).toBe(0)
})
