import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, errorOf, uniqueName } from '../contract.ts'
import { cell, failureOf, table } from '../d1.ts'

const { DB, OTHER_DB } = env

contract('d1: JSON', async () => {
  expect(await cell(`SELECT '{"a":[1,2]}' ->> '$.a[1]'`)).toBe(2)
  expect(await cell(`SELECT json_extract(?, '$.b')`, '{"b":"x"}')).toBe('x')
  expect(await cell("SELECT sum(value) FROM json_each('[1,2,3]')")).toBe(6)
  expect(await cell("SELECT json_group_array(value) FROM json_each('[1,2]')")).toBe('[1,2]')
})

contract('d1: math', async () => {
  expect(await cell('SELECT pow(2, 10)')).toBe(1024)
  expect(await cell('SELECT round(ln(exp(2)), 6)')).toBe(2)
  expect(await cell('SELECT floor(-1.5)')).toBe(-2)
})

contract('d1: dates', async () => {
  expect(await cell("SELECT datetime(0, 'unixepoch')")).toBe('1970-01-01 00:00:00')
  expect(await cell("SELECT unixepoch('1970-01-02')")).toBe(86_400)
})

contract('d1: full-text search', async () => {
  const t = uniqueName('t')
  await DB.exec(`CREATE VIRTUAL TABLE ${t} USING fts5(title, body)`)
  await DB.exec(`INSERT INTO ${t} VALUES ('Dune', 'spice and sand'), ('Emma', 'tea')`)
  expect(await cell(`SELECT highlight(${t}, 1, '[', ']') FROM ${t} WHERE ${t} MATCH ?`, 'sand')).toBe(
    'spice and [sand]',
  )
  expect(await cell(`SELECT title FROM ${t}('tea') ORDER BY bm25(${t})`)).toBe('Emma')
})

contract('d1: window functions and recursive queries', async () => {
  const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4)'
  expect(await DB.prepare(`${numbers} SELECT sum(i) OVER (ORDER BY i) FROM n`).raw()).toEqual([
    [1],
    [3],
    [6],
    [10],
  ])
})

contract('d1: generated columns', async () => {
  const t = uniqueName('t')
  await DB.exec(`CREATE TABLE ${t} (a INT, b INT AS (a * 2) STORED, c INT AS (a + 1))`)
  await DB.prepare(`INSERT INTO ${t} (a) VALUES (?)`).bind(4).run()
  expect(await DB.prepare(`SELECT * FROM ${t}`).raw()).toEqual([[4, 8, 5]])
})

contract('d1: conflicts can be resolved', async () => {
  const t = await table('id INTEGER PRIMARY KEY, n INT', '1, 1')
  await DB.exec(`INSERT INTO ${t} VALUES (1, 5) ON CONFLICT DO UPDATE SET n = n + excluded.n`)
  expect(await cell(`SELECT n FROM ${t}`)).toBe(6)
})

contract('d1: rows can be deleted up to a limit', async () => {
  const t = await table('a', '1', '2', '3')
  await DB.exec(`DELETE FROM ${t} ORDER BY a DESC LIMIT 2`)
  expect(await DB.prepare(`SELECT a FROM ${t}`).raw()).toEqual([[1]])
})

contract('d1: foreign keys are checked', async () => {
  const parent = await table('id INTEGER PRIMARY KEY')
  const child = await table(`p INTEGER REFERENCES ${parent}(id) ON DELETE CASCADE`)
  const message =
    'Error: D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)'
  expect(await failureOf(`INSERT INTO ${child} VALUES (1)`)).toBe(message)
  expect(await failureOf(`PRAGMA foreign_keys = off; INSERT INTO ${child} VALUES (1)`)).toBe(message)
  await DB.exec(`INSERT INTO ${parent} VALUES (1)`)
  await DB.exec(`INSERT INTO ${child} VALUES (1)`)
  await DB.exec(`DELETE FROM ${parent}`)
  expect(await cell(`SELECT count(*) FROM ${child}`)).toBe(0)
})

contract('d1: foreign keys can be checked at the end', async () => {
  // A database of its own: that of the oracle breaks down, and nothing else may notice.
  const [parent, child] = [uniqueName('t'), uniqueName('t')]
  await OTHER_DB.exec(`CREATE TABLE ${parent} (id INTEGER PRIMARY KEY)`)
  await OTHER_DB.exec(`CREATE TABLE ${child} (p INTEGER REFERENCES ${parent}(id))`)
  const deferred = OTHER_DB.prepare('PRAGMA defer_foreign_keys = on')
  const insertChild = OTHER_DB.prepare(`INSERT INTO ${child} VALUES (1)`)
  expect(await errorOf(() => OTHER_DB.batch([deferred, insertChild]))).toContain(
    'FOREIGN KEY constraint failed',
  )
  await OTHER_DB.batch([deferred, insertChild, OTHER_DB.prepare(`INSERT INTO ${parent} VALUES (1)`)])
  expect(await OTHER_DB.prepare(`SELECT count(*) AS n FROM ${child}`).first('n')).toBe(1)
})

contract('d1: views work, and dropped tables are gone', async () => {
  const t = await table('a', '1', '2')
  await DB.exec(`CREATE VIEW ${t}_v AS SELECT sum(a) AS s FROM ${t}`)
  expect(await cell(`SELECT s FROM ${t}_v`)).toBe(3)
  await DB.exec(`DROP VIEW ${t}_v`)
  await DB.exec(`DROP TABLE ${t}`)
  expect(await failureOf(`SELECT * FROM ${t}`)).toBe(`Error: D1_ERROR: no such table: ${t}: SQLITE_ERROR`)
})

contract('d1: many calls at once are all done', async () => {
  const t = await table('a')
  const insert = DB.prepare(`INSERT INTO ${t} VALUES (?)`)
  await Promise.all(Array.from({ length: 50 }, (_, index) => insert.bind(index).run()))
  expect(await cell(`SELECT count(DISTINCT a) FROM ${t}`)).toBe(50)
})

contract('d1: dump() is gone', async () => {
  expect(await errorOf(() => DB.dump())).toBe('Error: D1_DUMP_ERROR: Status + 404')
})
