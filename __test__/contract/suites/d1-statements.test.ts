import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'
import { cell, failureOf, table } from '../d1.ts'

const { DB } = env

const TRANSACTION_REFUSED =
  'Error: D1_ERROR: To execute a transaction, please use the state.storage.transaction() or ' +
  'state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT statements. ' +
  'The JavaScript API is safer because it will automatically roll back on exceptions, and because it ' +
  "interacts correctly with Durable Objects' automatic atomic write coalescing."

contract('d1: one text may hold several statements, and the last gives the rows', async () => {
  const t = uniqueName('t')
  expect(
    await DB.prepare(`CREATE TABLE ${t} (a); INSERT INTO ${t} VALUES (1); SELECT ? + a FROM ${t};`)
      .bind(1)
      .raw(),
  ).toEqual([[2]])
})

contract('d1: only the last of several statements may have parameters', async () => {
  expect(await failureOf('SELECT ?; SELECT 1', 1)).toBe(
    'Error: D1_ERROR: When executing multiple SQL statements in a single call, only the last statement can have parameters.',
  )
})

for (const sql of [';', '/* comment */', '-- comment']) {
  contract(`d1: ${JSON.stringify(sql)} is no statement`, async () => {
    expect(await failureOf(sql)).toBe('Error: D1_ERROR: SQL code did not contain a statement.')
  })
}

contract('d1: empty text is no statement', async () => {
  expect(await failureOf('')).toBe('Error: D1_ERROR: No SQL statements detected.')
  expect(await failureOf(' \n ')).toBe('Error: D1_ERROR: No SQL statements detected.')
})

contract('d1: comments and a final semicolon are fine', async () => {
  expect(await cell('-- first\nSELECT /* one */ 1 -- last\n;')).toBe(1)
})

contract('d1: a comment behind the final semicolon counts as a statement without code', async () => {
  expect(await failureOf('SELECT 1; -- last')).toBe('Error: D1_ERROR: SQL code did not contain a statement.')
})

for (const sql of ['BEGIN', 'COMMIT', 'ROLLBACK', 'SAVEPOINT a', 'RELEASE a']) {
  contract(`d1: ${sql} is refused`, async () => {
    expect(await failureOf(sql)).toContain(TRANSACTION_REFUSED)
  })
}

for (const [sql, message] of [
  ["ATTACH 'a.db' AS a", 'not authorized: SQLITE_AUTH'],
  ['DETACH main', 'not authorized: SQLITE_AUTH'],
  ['CREATE TEMP TABLE a (b)', 'not authorized: SQLITE_AUTH'],
  ['CREATE TEMP VIEW a AS SELECT 1', 'not authorized: SQLITE_AUTH'],
  ['PRAGMA journal_mode', 'not authorized: SQLITE_AUTH'],
  ['PRAGMA user_version = 1', 'not authorized: SQLITE_AUTH'],
  ['PRAGMA table_info', 'not authorized: SQLITE_AUTH'],
  ['VACUUM', 'cannot VACUUM from within a transaction: SQLITE_ERROR'],
  ['SELECT sqlite_version()', 'not authorized to use function: sqlite_version at offset 7: SQLITE_ERROR'],
  ['CREATE TABLE _cf_x (a)', 'not authorized: SQLITE_AUTH'],
  ['CREATE VIRTUAL TABLE a USING dbstat', 'not authorized: SQLITE_AUTH'],
] as const) {
  contract(`d1: ${sql} is refused`, async () => {
    expect(await failureOf(sql)).toBe(`Error: D1_ERROR: ${message}`)
  })
}

contract('d1: names that begin with _cf_ are reserved, in any case', async () => {
  const t = await table('a')
  expect(await failureOf(`ALTER TABLE ${t} RENAME TO _CF_x`)).toBe(
    'Error: D1_ERROR: not authorized: SQLITE_AUTH',
  )
  expect(await failureOf('CREATE TABLE "_Cf_y" (a)')).toBe('Error: D1_ERROR: not authorized: SQLITE_AUTH')
})

contract('d1: pragmas that describe tables work', async () => {
  const t = await table('id INTEGER PRIMARY KEY, a TEXT UNIQUE')
  const columns = await DB.prepare(`PRAGMA table_info(${t})`).all<{ name: string }>()
  expect(columns.results.map(({ name }) => name)).toEqual(['id', 'a'])
  expect((await DB.prepare(`PRAGMA index_list('${t}')`).all()).results).toHaveLength(1)
  expect(await cell(`SELECT count(*) FROM pragma_table_info('${t}')`)).toBe(2)
  const tables = await DB.prepare('PRAGMA table_list').all<{ name: string }>()
  expect(tables.results.map(({ name }) => name)).toContain(t)
})

contract('d1: an error has a cause without prefix', async () => {
  const error = (await DB.prepare('SELEC')
    .all()
    .catch((thrown: unknown) => thrown)) as Error
  expect(error.message).toBe('D1_ERROR: near "SELEC": syntax error at offset 0: SQLITE_ERROR')
  expect((error.cause as Error).message).toBe('near "SELEC": syntax error at offset 0: SQLITE_ERROR')
})

for (const [sql, message] of [
  ['SELECT * FROM nope', 'no such table: nope: SQLITE_ERROR'],
  ['SELECT nocol', 'no such column: nocol at offset 7: SQLITE_ERROR'],
  ['SELECT nofunction()', 'no such function: nofunction at offset 7: SQLITE_ERROR'],
  ['SELECT (1', 'incomplete input: SQLITE_ERROR'],
  ["SELECT 'é', nocol", 'no such column: nocol at offset 13: SQLITE_ERROR'],
  ["SELECT json('{')", 'malformed JSON: SQLITE_ERROR'],
  ['SELECT abs(-9223372036854775808)', 'integer overflow: SQLITE_ERROR'],
  ['DROP TABLE nope', 'no such table: nope: SQLITE_ERROR'],
] as const) {
  contract(`d1: error of ${sql}`, async () => {
    expect(await failureOf(sql)).toBe(`Error: D1_ERROR: ${message}`)
  })
}

contract('d1: error of a table that exists', async () => {
  const t = await table('a')
  expect(await failureOf(`CREATE TABLE ${t} (a)`)).toBe(
    `Error: D1_ERROR: table ${t} already exists at offset 13: SQLITE_ERROR`,
  )
})

contract('d1: errors of constraints name the constraint', async () => {
  const t = await table('id INTEGER PRIMARY KEY, u UNIQUE, n NOT NULL, c CHECK (c > 0)', '1, 1, 1, 1')
  const failure = (values: string): Promise<string> => failureOf(`INSERT INTO ${t} VALUES (${values})`)
  const constraint = (what: string, extended: string): string =>
    `Error: D1_ERROR: ${what}: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_${extended})`
  expect(await failure('1, 2, 2, 2')).toBe(constraint(`UNIQUE constraint failed: ${t}.id`, 'PRIMARYKEY'))
  expect(await failure('2, 1, 2, 2')).toBe(constraint(`UNIQUE constraint failed: ${t}.u`, 'UNIQUE'))
  expect(await failure('2, 2, NULL, 2')).toBe(constraint(`NOT NULL constraint failed: ${t}.n`, 'NOTNULL'))
  expect(await failure('2, 2, 2, -1')).toBe(constraint('CHECK constraint failed: c > 0', 'CHECK'))
})

contract('d1: errors of strict tables and of triggers', async () => {
  const t = uniqueName('t')
  await DB.exec(`CREATE TABLE ${t} (a INT) STRICT`)
  expect(await failureOf(`INSERT INTO ${t} VALUES ('x')`)).toBe(
    `Error: D1_ERROR: cannot store TEXT value in INT column ${t}.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_DATATYPE)`,
  )
  await DB.exec(`CREATE TRIGGER ${t}_t BEFORE INSERT ON ${t} BEGIN SELECT RAISE(ABORT, 'no insert'); END`)
  expect(await failureOf(`INSERT INTO ${t} VALUES (1)`)).toBe(
    'Error: D1_ERROR: no insert: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)',
  )
})

for (const [what, sql, message] of [
  [
    '101 parameters',
    `SELECT ?${', ?'.repeat(100)}`,
    /^Error: D1_ERROR: too many SQL variables at offset \d+: SQLITE_ERROR$/,
  ],
  [
    '101 columns of a result',
    `SELECT 1${', 1'.repeat(100)}`,
    'Error: D1_ERROR: too many columns in result set: SQLITE_ERROR',
  ],
  [
    '101 columns of a table',
    `CREATE TABLE wide (${Array.from({ length: 101 }, (_, index) => `c${index}`).join()})`,
    'Error: D1_ERROR: too many columns on wide: SQLITE_ERROR',
  ],
  [
    '6 compounds',
    `SELECT 1${' UNION SELECT 1'.repeat(5)}`,
    'Error: D1_ERROR: too many terms in compound SELECT: SQLITE_ERROR',
  ],
  [
    'a pattern of 51 bytes',
    `SELECT 'a' LIKE '${'a'.repeat(51)}'`,
    'Error: D1_ERROR: LIKE or GLOB pattern too complex: SQLITE_ERROR',
  ],
  [
    'an expression of depth 101',
    `SELECT ${'1+'.repeat(101)}1`,
    /^Error: D1_ERROR: Expression tree is too large \(maximum depth 100\).*: SQLITE_ERROR$/,
  ],
  ['100001 bytes', `SELECT '${'a'.repeat(100_001)}'`, 'Error: D1_ERROR: statement too long: SQLITE_TOOBIG'],
] as const) {
  contract(`d1: limits: ${what} are too many`, async () => {
    // As many values as parameters, so that the limit is what is wrong.
    const values = Array.from({ length: sql.split('?').length - 1 }, () => 1)
    const failure = await failureOf(sql, ...values)
    if (typeof message === 'string') expect(failure).toBe(message)
    else expect(failure).toMatch(message)
  })
}

contract('d1: limits: what is just allowed works', async () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index)
  const [row] = await DB.prepare(`SELECT ${hundred.map(() => '?').join()}`)
    .bind(...hundred)
    .raw()
  expect(row).toEqual(hundred)
  expect(await cell(`SELECT 1${' UNION SELECT 1'.repeat(4)}`)).toBe(1)
  expect(await cell(`SELECT '${'a'.repeat(50)}' LIKE '${'a'.repeat(50)}'`)).toBe(1)
  expect(await cell(`SELECT length('${'a'.repeat(99_900)}')`)).toBe(99_900)
})
