import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, errorOf } from '../contract.ts'
import { cell, failureOf, table } from '../d1.ts'

const { DB, SAME_DB, OTHER_DB } = env

contract('d1: all() gives rows as objects', async () => {
  const { results, success } = await DB.prepare("SELECT 1 AS a, 'x' AS b UNION SELECT 2, NULL").all()
  expect(success).toBe(true)
  expect(results).toEqual([
    { a: 1, b: 'x' },
    { a: 2, b: null },
  ])
})

contract('d1: all() of no rows is an empty array', async () => {
  expect((await DB.prepare('SELECT 1 WHERE 0').all()).results).toEqual([])
})

contract('d1: of columns with the same name, objects have the last', async () => {
  expect((await DB.prepare('SELECT 1 AS a, 2 AS a').all()).results).toEqual([{ a: 2 }])
})

contract('d1: raw() gives rows as arrays, with every column', async () => {
  expect(await DB.prepare('SELECT 1 AS a, 2 AS a UNION SELECT 3, 4').raw()).toEqual([
    [1, 2],
    [3, 4],
  ])
})

contract('d1: raw() can begin with the names of the columns', async () => {
  const statement = DB.prepare('SELECT 1 AS a, 2 AS b WHERE ?').bind(1)
  expect(await statement.raw({ columnNames: true })).toEqual([
    ['a', 'b'],
    [1, 2],
  ])
  expect(await statement.bind(0).raw({ columnNames: true })).toEqual([['a', 'b']])
})

contract('d1: first() gives the first row', async () => {
  expect(await DB.prepare('SELECT 1 AS a, 2 AS b UNION SELECT 3, 4').first()).toEqual({ a: 1, b: 2 })
})

contract('d1: first() gives one column of it', async () => {
  expect(await DB.prepare('SELECT 1 AS a, 2 AS b').first('b')).toBe(2)
})

contract('d1: first() of no rows is null', async () => {
  expect(await DB.prepare('SELECT 1 AS a WHERE 0').first()).toBeNull()
  expect(await DB.prepare('SELECT 1 AS a WHERE 0').first('a')).toBeNull()
})

contract('d1: first() of an unknown column is an error', async () => {
  expect(await errorOf(() => DB.prepare('SELECT 1 AS a').first('zz'))).toBe(
    'Error: D1_COLUMN_NOTFOUND: Column not found (zz)',
  )
})

contract('d1: run() gives the rows as well', async () => {
  const { results, success } = await DB.prepare('SELECT 1 AS a').run()
  expect({ results, success }).toEqual({ results: [{ a: 1 }], success: true })
})

contract('d1: run() of a write has no rows', async () => {
  const t = await table('a')
  expect((await DB.prepare(`INSERT INTO ${t} VALUES (1)`).run()).results).toEqual([])
})

contract('d1: RETURNING gives rows', async () => {
  const t = await table('id INTEGER PRIMARY KEY, a')
  expect(
    (await DB.prepare(`INSERT INTO ${t} (a) VALUES (?), (?) RETURNING *`).bind('x', 'y').all()).results,
  ).toEqual([
    { id: 1, a: 'x' },
    { id: 2, a: 'y' },
  ])
})

contract('d1: a statement can be bound and run again and again', async () => {
  const statement = DB.prepare('SELECT ? AS a')
  const first = statement.bind('one')
  expect(await statement.bind('two').first('a')).toBe('two')
  expect(await first.first('a')).toBe('one')
})

contract('d1: bindings with the same id share their data, others do not', async () => {
  const t = await table('a', '1')
  expect(await SAME_DB.prepare(`SELECT a FROM ${t}`).first('a')).toBe(1)
  expect(await errorOf(() => OTHER_DB.prepare(`SELECT a FROM ${t}`).all())).toBe(
    `Error: D1_ERROR: no such table: ${t}: SQLITE_ERROR`,
  )
})

for (const [what, value, type, read] of [
  ['a number', 1, 'real', 1],
  ['a fraction', 0.1, 'real', 0.1],
  ['a large number', 1e300, 'real', 1e300],
  ['text', 'é日\n"', 'text', 'é日\n"'],
  ['empty text', '', 'text', ''],
  ['null', null, 'null', null],
  ['true', true, 'real', 1],
  ['false', false, 'real', 0],
  ['NaN', Number.NaN, 'null', null],
  ['infinity', Infinity, 'null', null],
  ['minus zero', -0, 'real', 0],
  ['an ArrayBuffer', Uint8Array.of(1, 2, 255).buffer, 'blob', [1, 2, 255]],
  ['a view', Uint8Array.of(0, 128), 'blob', [0, 128]],
  ['an array of bytes', [7, 8], 'blob', [7, 8]],
  ['an empty array', [], 'blob', []],
] as const) {
  contract(`d1: ${what} is bound as ${type}`, async () => {
    expect(await DB.prepare('SELECT typeof(?1), ?1').bind(value).raw()).toEqual([[type, read]])
  })
}

for (const [what, value, shown] of [
  ['undefined', undefined, "'undefined' not supported for value 'undefined'"],
  ['an object', {}, "'object' not supported for value '[object Object]'"],
  ['a bigint', 1n, "'bigint' not supported for value '1'"],
] as const) {
  contract(`d1: ${what} cannot be bound`, async () => {
    expect(await errorOf(() => DB.prepare('SELECT ?').bind(value).all())).toBe(
      `Error: D1_TYPE_ERROR: Type ${shown}`,
    )
  })
}

contract('d1: a column with a type makes integers of numbers, one without does not', async () => {
  const t = await table('a INTEGER, b, c TEXT')
  await DB.prepare(`INSERT INTO ${t} VALUES (?1, ?1, ?1)`).bind(5).run()
  expect(await DB.prepare(`SELECT typeof(a), typeof(b), c FROM ${t}`).raw()).toEqual([
    ['integer', 'real', '5.0'],
  ])
})

contract('d1: numbers divide as fractions', async () => {
  expect(await cell('SELECT ? / 2', 1)).toBe(0.5)
  expect(await cell('SELECT 1 / 2')).toBe(0)
})

contract('d1: integers are read as numbers, and lose what numbers lose', async () => {
  expect(await cell('SELECT 9007199254740993')).toBe(9_007_199_254_740_992)
  expect(await cell('SELECT -9223372036854775808')).toBe(-(2 ** 63))
})

contract('d1: infinity is read as null', async () => {
  expect(await cell('SELECT 9e999')).toBeNull()
  expect(await cell('SELECT -9e999')).toBeNull()
})

contract('d1: blobs are read as arrays of bytes', async () => {
  expect(await DB.prepare("SELECT x'00ff' AS b").first()).toEqual({ b: [0, 255] })
  expect(await cell("SELECT x''")).toEqual([])
})

contract('d1: a NUL character stays', async () => {
  expect(await cell('SELECT ?', 'a\0b')).toBe('a\0b')
  expect(await cell('SELECT length(?)', 'a\0b')).toBe(1)
})

contract('d1: text that is not UTF-8 is read with replacement characters', async () => {
  expect(await cell("SELECT CAST(x'61ff62' AS TEXT)")).toBe('a\ufffdb')
})

contract('d1: parameters are numbered', async () => {
  expect(await DB.prepare('SELECT ?2, ?1, ?2').bind('a', 'b').raw()).toEqual([['b', 'a', 'b']])
})

contract('d1: named parameters are numbered by appearance', async () => {
  expect(await DB.prepare('SELECT :a, @b, $c, :a').bind(1, 2, 3).raw()).toEqual([[1, 2, 3, 1]])
})

contract('d1: parameters must be as many as bound values', async () => {
  const message = 'Error: D1_ERROR: Wrong number of parameter bindings for SQL query.'
  expect(await failureOf('SELECT ?')).toBe(message)
  expect(await failureOf('SELECT ?', 1, 2)).toBe(message)
  expect(await failureOf('SELECT 1', 1)).toBe(message)
})
