// What storage of an object offers.
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract, errorOf, uniqueName } from '../contract.ts'

const store = () => env.STORE.getByName(uniqueName('store'))

contract('durable-objects: SQL', async () => {
  const stub = store()
  await stub.query('CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT)')
  await stub.query('INSERT INTO books (title) VALUES (?), (?)', 'Emma', 'Dune')
  expect(await stub.query('SELECT * FROM books WHERE title > ?', 'E')).toEqual([{ id: 1, title: 'Emma' }])
})

contract('durable-objects: SQL that is wrong rejects the call, and the object goes on', async () => {
  const stub = store()
  expect(await errorOf(() => stub.query('SELECT nothing'))).toContain('near "nothing": syntax error')
  expect(await stub.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
})

contract('durable-objects: a class without SQLite has no SQL', async () => {
  const stub = env.LEGACY.getByName(uniqueName('legacy'))
  await stub.put('a', { b: [1] })
  expect(await stub.get('a')).toEqual({ b: [1] })
  expect(await errorOf(() => stub.sql())).toContain(
    'SQL is not enabled for this Durable Object class. To enable it, change `new_classes` to `new_sqlite_classes`',
  )
})

contract('durable-objects: the synchronous API', async () => {
  const b = { nested: [1n] }
  expect(await store().synchronous()).toEqual({
    a: undefined,
    b,
    listed: [
      ['a', 1],
      ['b', b],
    ],
  })
})

for (const method of ['transaction', 'transactionSync'] as const) {
  contract(`durable-objects: ${method}() keeps what it wrote, or nothing`, async () => {
    expect(await store()[method](false)).toBe(2)
    expect(await store()[method](true)).toBe(1)
  })
}

contract('durable-objects: deleteAll() deletes entries and tables', async () => {
  expect(await store().deleteAll()).toEqual({ entries: 0, tables: 0 })
})

contract('durable-objects: there is no point-in-time recovery locally', async () => {
  expect(await errorOf(() => store().restoreBookmark())).toContain(
    "This Durable Object's storage back-end does not implement point-in-time recovery.",
  )
})
