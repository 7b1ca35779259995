// What is left after `reset()`: nothing.
import {
  applyD1Migrations,
  evictDurableObject,
  listDurableObjectIds,
  reset,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract, errorOf } from '../contract.ts'
import { connect } from '../sockets.ts'

const counter = () => env.COUNTER.getByName('only')

const MIGRATIONS = [{ name: '0001_books.sql', queries: ['CREATE TABLE books (title TEXT)'] }]

contract('object-resets: KV, R2 and caches are empty', async () => {
  await env.KV.put('key', 'value', { metadata: { a: 1 } })
  await env.BUCKET.put('small', 'x')
  await env.BUCKET.put('large', new Uint8Array(1_000_000))
  await caches.default.put('http://x/', new Response('x', { headers: { 'Cache-Control': 'max-age=60' } }))
  await reset()
  expect((await env.KV.list()).keys).toEqual([])
  expect((await env.BUCKET.list()).objects).toEqual([])
  expect(await env.BUCKET.get('large')).toBeNull()
  expect(await caches.default.match('http://x/')).toBeUndefined()
})

contract('object-resets: tables of D1 are gone, and migrations make them again', async () => {
  for (const title of ['one', 'two']) {
    await applyD1Migrations(env.DB, MIGRATIONS)
    await env.DB.prepare('INSERT INTO books VALUES (?)').bind(title).run()
    const { results } = await env.DB.prepare('SELECT * FROM books').all()
    expect(results).toEqual([{ title }])
    await reset()
    expect(await errorOf(() => env.DB.prepare('SELECT * FROM books').all())).toContain('no such table: books')
  }
})

contract('object-resets: objects have forgotten everything', async () => {
  await counter().increment()
  const store = env.STORE.getByName('only')
  await store.query('CREATE TABLE t (a)')
  await store.query('INSERT INTO t VALUES (1)')
  await reset()
  expect(await counter().increment()).toBe(1)
  expect(await env.STORE.getByName('only').query("SELECT name FROM sqlite_schema WHERE name = 't'")).toEqual(
    [],
  )
})

contract('object-resets: no object is listed', async () => {
  await counter().increment()
  expect(await listDurableObjectIds(env.COUNTER)).toHaveLength(1)
  await reset()
  expect(await listDurableObjectIds(env.COUNTER)).toEqual([])
})

contract('object-resets: an object that does not run is cleared, too', async () => {
  await counter().increment()
  await evictDurableObject(counter())
  await reset()
  expect(await counter().increment()).toBe(1)
})

contract('object-resets: alarms are gone', async () => {
  const alarmed = () => env.ALARMED.getByName('only')
  await alarmed().setAlarm(Date.now() + 20)
  await reset()
  expect(await alarmed().getAlarm()).toBeNull()
  await scheduler.wait(50)
  expect(await runInDurableObject(alarmed(), (instance) => instance.runs)).toEqual([])
})

contract('object-resets: sockets are closed', async () => {
  const clients = [
    await connect(env.SOCKETS.getByName('only'), '/'),
    await connect(env.SOCKETS.getByName('only'), '/hibernating'),
  ]
  await reset()
  for (const client of clients) {
    expect(await client.closed).toEqual({
      code: 1006,
      reason: 'WebSocket disconnected without sending Close frame.',
    })
  }
})

contract('object-resets: again and again', async () => {
  for (let round = 0; round < 10; round++) {
    expect(await env.KV.get('key')).toBeNull()
    expect(await counter().increment()).toBe(1)
    await env.KV.put('key', 'value')
    await reset()
  }
})

contract('object-resets: a stub that was used goes on working', async () => {
  const stub = counter()
  expect(await stub.increment()).toBe(1)
  await reset()
  expect(await stub.increment()).toBe(1)
})
