import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, errorOf, uniqueName } from '../contract.ts'
import { cell, failureOf, table } from '../d1.ts'

const { DB } = env

contract('d1: a batch gives a result for each statement', async () => {
  const t = await table('a')
  const results = await DB.batch([
    DB.prepare(`INSERT INTO ${t} VALUES (?)`).bind(1),
    DB.prepare(`SELECT a FROM ${t}`),
    DB.prepare(`SELECT a FROM ${t} WHERE a > 1`),
  ])
  expect(results.map(({ results: rows }) => rows)).toEqual([[], [{ a: 1 }], []])
  expect(results.map(({ success }) => success)).toEqual([true, true, true])
})

contract('d1: a batch is done as a whole or not at all', async () => {
  const t = await table('a UNIQUE')
  const insert = DB.prepare(`INSERT INTO ${t} VALUES (?)`)
  expect(await errorOf(() => DB.batch([insert.bind(1), insert.bind(2), insert.bind(1)]))).toContain(
    `D1_ERROR: UNIQUE constraint failed: ${t}.a`,
  )
  expect(await cell(`SELECT count(*) FROM ${t}`)).toBe(0)
})

contract('d1: a batch undoes changes of the schema too', async () => {
  const t = uniqueName('t')
  await errorOf(() => DB.batch([DB.prepare(`CREATE TABLE ${t} (a)`), DB.prepare('SELECT nocol')]))
  expect(await failureOf(`SELECT * FROM ${t}`)).toContain('no such table')
})

contract('d1: an empty batch is an error', async () => {
  expect(await errorOf(() => DB.batch([]))).toBe('Error: D1_ERROR: No SQL statements detected.')
})

contract('d1: several statements in one text are done as a whole', async () => {
  const t = await table('a')
  await failureOf(`INSERT INTO ${t} VALUES (1); SELECT nocol`)
  expect(await cell(`SELECT count(*) FROM ${t}`)).toBe(0)
})

contract('d1: exec() runs each line, and counts them', async () => {
  const t = uniqueName('t')
  const { count, duration } = await DB.exec(
    `CREATE TABLE ${t} (a)\nINSERT INTO ${t} VALUES (1)\nINSERT INTO ${t} VALUES (2)`,
  )
  expect(count).toBe(3)
  expect(duration).toBeTypeOf('number')
  expect(await cell(`SELECT count(*) FROM ${t}`)).toBe(2)
})

contract('d1: exec() leaves out blank lines and indented comments', async () => {
  expect((await DB.exec('\nSELECT 1\n\n  -- comment\n   \nSELECT 2\n')).count).toBe(2)
})

contract('d1: exec() is done as a whole, and its error names the first line', async () => {
  const t = await table('a')
  expect(await errorOf(() => DB.exec(`INSERT INTO ${t} VALUES (1)\nSELECT nocol`))).toBe(
    `Error: D1_EXEC_ERROR: Error in line 1: INSERT INTO ${t} VALUES (1): no such column: nocol at offset 7: SQLITE_ERROR`,
  )
  expect(await cell(`SELECT count(*) FROM ${t}`)).toBe(0)
})

contract('d1: exec() takes no statement over several lines', async () => {
  expect(await errorOf(() => DB.exec('SELECT\n1'))).toBe(
    'Error: D1_EXEC_ERROR: Error in line 1: SELECT: incomplete input: SQLITE_ERROR',
  )
})

contract('d1: exec() of nothing is an error', async () => {
  expect(await errorOf(() => DB.exec(''))).toContain('No SQL statements detected.')
})

contract('d1: meta has all fields', async () => {
  const { meta } = await DB.prepare('SELECT 1').all()
  expect(meta).toEqual({
    served_by: expect.any(String),
    served_by_primary: true,
    total_attempts: 1,
    timings: { sql_duration_ms: expect.any(Number) },
    duration: expect.any(Number),
    changes: 0,
    last_row_id: expect.any(Number),
    changed_db: false,
    size_after: expect.any(Number),
    rows_read: 0,
    rows_written: 0,
  })
})

contract('d1: meta counts changes, those of triggers too', async () => {
  const t = await table('a')
  const log = await table('a')
  const insert = DB.prepare(`INSERT INTO ${t} VALUES (1), (2)`)
  expect((await insert.run()).meta.changes).toBe(2)
  await DB.exec(`CREATE TRIGGER ${t}_t AFTER INSERT ON ${t} BEGIN INSERT INTO ${log} VALUES (new.a); END`)
  const { meta } = await insert.run()
  expect(meta.changes).toBe(4)
  expect(meta.changed_db).toBe(true)
  expect((await DB.prepare(`UPDATE ${t} SET a = 3 WHERE a = 1`).run()).meta.changes).toBe(2)
  expect((await DB.prepare(`DELETE FROM ${t} WHERE a = 9`).run()).meta).toMatchObject({
    changes: 0,
    changed_db: false,
  })
})

contract('d1: meta has the id of the last row, also later', async () => {
  const t = await table('id INTEGER PRIMARY KEY, a')
  const { meta } = await DB.prepare(`INSERT INTO ${t} VALUES (41, 0), (42, 0)`).run()
  expect(meta.last_row_id).toBe(42)
  expect((await DB.prepare('SELECT 1').all()).meta.last_row_id).toBe(42)
})

contract('d1: meta has the size, which grows', async () => {
  const before = (await DB.prepare('SELECT 1').all()).meta.size_after
  const t = await table('a')
  const after = (await DB.prepare(`INSERT INTO ${t} VALUES (zeroblob(100000))`).run()).meta.size_after
  expect(after % 4096).toBe(0)
  expect(after - before).toBeGreaterThanOrEqual(100_000)
})

contract('d1: meta counts the rows that were read', async () => {
  const t = await table('id INTEGER PRIMARY KEY', '1', '2', '3')
  const read = async (sql: string): Promise<number> => (await DB.prepare(sql).all()).meta.rows_read
  expect(await read(`SELECT * FROM ${t}`)).toBe(3)
  expect(await read(`SELECT * FROM ${t} WHERE id = 2`)).toBe(1)
  expect(await read(`SELECT max(id) FROM ${t}`)).toBe(1)
})

contract('d1: meta counts the rows that count(*) has counted', async () => {
  const t = await table('a', '1', '2', '3')
  expect((await DB.prepare(`SELECT count(*) FROM ${t}`).all()).meta.rows_read).toBe(3)
})

contract('d1: meta counts the entries of an index that were read, beside the rows', async () => {
  const t = await table('id INTEGER PRIMARY KEY, x, y', "1, 'p', 1", "2, 'q', 2", "3, 'r', 3")
  await DB.exec(`CREATE INDEX ${t}_x ON ${t} (x)`)
  expect((await DB.prepare(`SELECT * FROM ${t} WHERE x = 'q'`).all()).meta.rows_read).toBe(2)
})

contract('d1: meta counts the rows that were written, those of indices too', async () => {
  const t = await table('id INTEGER PRIMARY KEY, x, u UNIQUE')
  await DB.exec(`CREATE INDEX ${t}_x ON ${t} (x)`)
  const written = async (sql: string): Promise<number> => (await DB.prepare(sql).run()).meta.rows_written
  expect(await written(`INSERT INTO ${t} VALUES (1, 'p', 1), (2, 'q', 2), (3, 'r', 3)`)).toBe(9)
  expect(await written(`UPDATE ${t} SET x = 'z' WHERE id = 1`)).toBe(2)
  expect(await written(`DELETE FROM ${t} WHERE id = 1`)).toBe(1)
})

contract('d1: a session sees its writes, and so does everybody else', async () => {
  const t = await table('a')
  const session = DB.withSession()
  await session.prepare(`INSERT INTO ${t} VALUES (?)`).bind(1).run()
  expect(await session.prepare(`SELECT a FROM ${t}`).first('a')).toBe(1)
  expect(await cell(`SELECT a FROM ${t}`)).toBe(1)
})

contract('d1: a session has a bookmark after its first query', async () => {
  const session = DB.withSession()
  expect(session.getBookmark()).toBeNull()
  await session.prepare('SELECT 1').all()
  expect(session.getBookmark()).toMatch(/^[\da-f]{8}-[\da-f]{8}-[\da-f]{8}-[\da-f]{32}$/)
})

contract('d1: bookmarks grow with writes', async () => {
  const t = await table('a')
  const session = DB.withSession('first-primary')
  await session.prepare('SELECT 1').all()
  const before = session.getBookmark()!
  await session.batch([session.prepare(`INSERT INTO ${t} VALUES (1)`)])
  expect(session.getBookmark()!.localeCompare(before)).toBe(1)
})

contract('d1: a session can begin at a bookmark', async () => {
  const t = await table('a')
  const session = DB.withSession()
  await session.prepare(`INSERT INTO ${t} VALUES (1)`).run()
  const next = DB.withSession(session.getBookmark()!)
  expect(next.getBookmark()).toBe(session.getBookmark())
  expect(await next.prepare(`SELECT a FROM ${t}`).first('a')).toBe(1)
})

contract('d1: reserved names of constraints begin a session', async () => {
  expect(await DB.withSession('first-unconstrained').prepare('SELECT 1 AS a').first('a')).toBe(1)
  expect(await DB.withSession('first-primary').prepare('SELECT 1 AS a').first('a')).toBe(1)
})
