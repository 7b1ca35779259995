import { env } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { measure } from './measure.ts'

const text = 'x'.repeat(100)
const kilobyte = 'x'.repeat(1024)
const megabyte = new Uint8Array(2 ** 20).fill(120)
const tenMegabytes = new Uint8Array(10 * 2 ** 20).fill(120)

/** Keys that exist before reading is measured. */
const KEYS = 100

/** A key of those, for the nth operation. */
const key = (n: number) => `key-${n % KEYS}`

async function forEachKey(put: (key: string) => Promise<unknown>): Promise<void> {
  for (let n = 0; n < KEYS; n++) await put(key(n))
}

test('KV get, 100 B', async ({ task }) => {
  await forEachKey((name) => env.KV.put(name, text))
  expect(await env.KV.get(key(1))).toBe(text)
  await measure(task, (n) => env.KV.get(key(n)))
})

test('KV put, 100 B', async ({ task }) => {
  await measure(task, (n) => env.KV.put(key(n), text))
  expect(await env.KV.get(key(1))).toBe(text)
})

test('KV list, 100 keys', async ({ task }) => {
  await forEachKey((name) => env.KV.put(name, text))
  expect((await env.KV.list()).keys).toHaveLength(KEYS)
  await measure(task, () => env.KV.list())
})

test('KV get, 1 MiB', async ({ task }) => {
  await env.KV.put('large', megabyte)
  expect((await env.KV.get('large', 'arrayBuffer')).byteLength).toBe(megabyte.length)
  await measure(task, () => env.KV.get('large', 'arrayBuffer'), { inFlight: 4 })
})

test('KV put, 1 MiB', async ({ task }) => {
  await measure(task, (n) => env.KV.put(`large-${n % 4}`, megabyte), { inFlight: 4 })
})

test('R2 get, 1 KiB', async ({ task }) => {
  await forEachKey((name) => env.BUCKET.put(name, kilobyte))
  const get = async (n: number) => (await env.BUCKET.get(key(n))).text()
  expect(await get(1)).toBe(kilobyte)
  await measure(task, get)
})

test('R2 head', async ({ task }) => {
  await forEachKey((name) => env.BUCKET.put(name, kilobyte))
  expect((await env.BUCKET.head(key(1))).size).toBe(kilobyte.length)
  await measure(task, (n) => env.BUCKET.head(key(n)))
})

test('R2 put, 1 KiB', async ({ task }) => {
  await measure(task, (n) => env.BUCKET.put(key(n), kilobyte))
})

test('R2 get, 10 MiB as a stream', async ({ task }) => {
  await env.BUCKET.put('large', tenMegabytes)
  const get = async () => lengthOf((await env.BUCKET.get('large')).body)
  expect(await get()).toBe(tenMegabytes.length)
  await measure(task, get, { inFlight: 4 })
})

test('R2 put, 10 MiB', async ({ task }) => {
  await measure(task, (n) => env.BUCKET.put(`large-${n % 4}`, tenMegabytes), { inFlight: 4 })
})

test('D1 select by key', async ({ task }) => {
  await createTable()
  const insert = env.DB.prepare('INSERT INTO books VALUES (?, ?)')
  await env.DB.batch(Array.from({ length: KEYS }, (_, n) => insert.bind(n, text)))
  const select = env.DB.prepare('SELECT title FROM books WHERE id = ?')
  expect(await select.bind(1).first('title')).toBe(text)
  await measure(task, (n) => select.bind(n % KEYS).first('title'))
})

test('D1 insert', async ({ task }) => {
  await createTable()
  const insert = env.DB.prepare('INSERT INTO books (title) VALUES (?)')
  await measure(task, () => insert.bind(text).run())
})

test('D1 batch of 10 inserts', async ({ task }) => {
  await createTable()
  const insert = env.DB.prepare('INSERT INTO books (title) VALUES (?)')
  await measure(task, () => env.DB.batch(Array.from({ length: 10 }, () => insert.bind(text))))
})

test('Cache match, 1 KiB', async ({ task }) => {
  await forEachKey((name) => caches.default.put(url(name), cacheable()))
  const match = async (n: number) => (await caches.default.match(url(key(n)))).text()
  expect(await match(1)).toBe(kilobyte)
  await measure(task, match)
})

test('Cache put, 1 KiB', async ({ task }) => {
  await measure(task, (n) => caches.default.put(url(key(n)), cacheable()))
})

test('Queue send, 100 B', async ({ task }) => {
  await measure(task, () => env.QUEUE.send({ text }))
})

/** A test may find the table of the test before it, depending on when a contestant undoes data. */
async function createTable(): Promise<void> {
  await env.DB.exec('DROP TABLE IF EXISTS books')
  await env.DB.exec('CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL)')
}

const url = (name: string) => `https://example.com/${name}`

const cacheable = () => new Response(kilobyte, { headers: { 'Cache-Control': 'max-age=3600' } })

async function lengthOf(stream: ReadableStream<Uint8Array>): Promise<number> {
  let length = 0
  for await (const chunk of stream) length += chunk.length
  return length
}
