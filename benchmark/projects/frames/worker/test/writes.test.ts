import { env } from 'cloudflare:test'
import { test } from 'vitest'

import { products } from '../products.ts'

const TESTS = 300
const text = 'x'.repeat(100)

/** How a test writes to each product, and how another one would find that. */
const stores = {
  KV: {
    write: (n: number) => env.KV.put(`key-${n}`, text),
    find: (n: number) => env.KV.get(`key-${n}`),
  },
  // The table is made along with the first row, because `reset()` deletes tables, too.
  D1: {
    write: (n: number) =>
      env.DB.batch([createTable(), env.DB.prepare('INSERT INTO books VALUES (?, ?)').bind(n, text)]),
    find: async (n: number) => {
      const select = env.DB.prepare('SELECT title FROM books WHERE id = ?').bind(n)
      const [, { results }] = await env.DB.batch([createTable(), select])
      return results[0]
    },
  },
  R2: {
    write: (n: number) => env.BUCKET.put(`key-${n}`, text),
    find: (n: number) => env.BUCKET.head(`key-${n}`),
  },
  Cache: {
    write: (n: number) => caches.default.put(url(n), new Response(text, { headers })),
    find: (n: number) => caches.default.match(url(n)),
  },
  '1 object': shelves(1),
  '10 objects': shelves(10),
  '100 objects': shelves(100),
}

/** Each test writes to all of so many Durable Objects. */
function shelves(count: number) {
  const names = Array.from({ length: count }, (_, index) => `shelf-${index}`)
  // A stub for each call, because `reset()` of some breaks those that were used.
  return {
    write: (n: number) => Promise.all(names.map((name) => env.SHELF.getByName(name).put(`key-${n}`, text))),
    find: (n: number) => env.SHELF.getByName(names[0]).get(`key-${n}`),
  }
}

const headers = { 'Cache-Control': 'max-age=3600' }

const url = (n: number) => `https://example.com/${n}`

const createTable = () =>
  env.DB.prepare('CREATE TABLE IF NOT EXISTS books (id INTEGER PRIMARY KEY, title TEXT NOT NULL)')

for (let n = 1; n <= TESTS; n++) {
  test(`write ${n}`, async () => {
    for (const product of products) await stores[product].write(n)
  })
}

/** Tells the JSON report which products still have what an earlier test wrote. */
test('what is left', async ({ task }) => {
  const left: string[] = []
  for (const product of products) {
    for (const n of [1, TESTS]) if (await stores[product].find(n)) left.push(`${product} ${n}`)
  }
  Object.assign(task.meta, { left })
})
