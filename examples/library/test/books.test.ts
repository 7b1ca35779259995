// The repository layer, called with the database itself. Suites inside suites add to what is there.
import { env } from 'cloudflare:test'
import { beforeAll, describe, expect, test } from 'vitest'
import { addBook, findBook, searchBooks } from '../src/books'

const db = env.CATALOG

const titles = async (text: string): Promise<string[]> =>
  (await searchBooks(db, text)).map(({ title }) => title)

test('there are tables and no books at first', async () => {
  expect(await searchBooks(db, '')).toEqual([])
})

test('a book that is added can be found', async () => {
  const emma = { title: 'Emma', author: 'Jane Austen', copies: 2 }
  const id = await addBook(db, emma)
  expect(await findBook(db, id)).toEqual({ id, ...emma })
})

describe('with books of one author', () => {
  let emma: number

  beforeAll(async () => {
    emma = await addBook(db, { title: 'Emma', author: 'Jane Austen', copies: 2 })
    await addBook(db, { title: 'Persuasion', author: 'Jane Austen', copies: 1 })
  })

  test('more copies do not make another book', async () => {
    expect(await addBook(db, { title: 'Emma', author: 'Jane Austen', copies: 3 })).toBe(emma)
    expect(await findBook(db, emma)).toMatchObject({ copies: 5 })
  })

  test('those copies are gone again', async () => {
    expect(await findBook(db, emma)).toMatchObject({ copies: 2 })
  })

  test('a test may even drop the table', async () => {
    await db.exec('DROP TABLE loans; DROP TABLE books')
    await expect(searchBooks(db, '')).rejects.toThrow('no such table: books')
  })

  describe('and of another one', () => {
    beforeAll(async () => {
      await addBook(db, { title: '100% Wool', author: 'Ann Other', copies: 1 })
    })

    test.each([
      ['', ['100% Wool', 'Emma', 'Persuasion']],
      ['austen', ['Emma', 'Persuasion']],
      ['EMM', ['Emma']],
      ['%', ['100% Wool']],
      ['_', []],
    ])('a search for %j finds %j', async (text, expected) => {
      expect(await titles(text)).toEqual(expected)
    })
  })

  test('whose book is not there outside of its suite', async () => {
    expect(await titles('wool')).toEqual([])
  })
})
