import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { migrationQueries, splitStatements } from './sql-statements.ts'

test.each<[string, string[]]>([
  ['', []],
  [' ;; ;', []],
  ['SELECT 1', ['SELECT 1']],
  [' SELECT 1 ; SELECT 2;\r\n', ['SELECT 1', 'SELECT 2']],
  ['\uFEFFSELECT 1;;;SELECT 2', ['SELECT 1', 'SELECT 2']],
  // Strings and names. A backslash escapes nothing.
  ["SELECT ';'; SELECT 'it''s;'", ["SELECT ';'", "SELECT 'it''s;'"]],
  ['SELECT "a"";"; SELECT `;`; SELECT [;]', ['SELECT "a"";"', 'SELECT `;`', 'SELECT [;]']],
  ["SELECT 'a\\'; SELECT 'b'", ["SELECT 'a\\'", "SELECT 'b'"]],
  ["SELECT '\n;\n'; SELECT 2", ["SELECT '\n;\n'", 'SELECT 2']],
  ["SELECT 1; SELECT 'open; SELECT 2", ['SELECT 1', "SELECT 'open; SELECT 2"]],
  // SQLite has no dollar quotes; `$a` is a parameter.
  ['SELECT $a$;$a$', ['SELECT $a$', '$a$']],
  // Comments stay with what they are in, or before.
  ['SELECT 1; -- one;\nSELECT 2; /* two; */', ['SELECT 1', '-- one;\nSELECT 2']],
  ['SELECT /* ; */ 1--;\n+1; SELECT 2', ['SELECT /* ; */ 1--;\n+1', 'SELECT 2']],
  ["SELECT '--;'; SELECT '/*;'; SELECT 2", ["SELECT '--;'", "SELECT '/*;'", 'SELECT 2']],
  ['/* a */;-- b\n;SELECT 1', ['SELECT 1']],
  ['SELECT 1; /* open; SELECT 2', ['SELECT 1']],
  ['SELECT 4 / 2 - -1; SELECT 2', ['SELECT 4 / 2 - -1', 'SELECT 2']],
  // CASE has an END and no semicolons.
  [
    'SELECT CASE 1 WHEN 1 THEN 2 END; SELECT (CASE(1) WHEN 1 THEN 2 END);',
    ['SELECT CASE 1 WHEN 1 THEN 2 END', 'SELECT (CASE(1) WHEN 1 THEN 2 END)'],
  ],
  // What begins with BEGIN is a transaction, which has no END of its own.
  ['BEGIN; SELECT 1; END; SELECT 2', ['BEGIN', 'SELECT 1', 'END', 'SELECT 2']],
  [
    'CREATE TABLE trigger_begin (end_y); SELECT "BEGIN"',
    ['CREATE TABLE trigger_begin (end_y)', 'SELECT "BEGIN"'],
  ],
])('splits %j', (text, expected) => {
  expect(splitStatements(text)).toEqual(expected)
})

describe('a trigger is one statement', () => {
  test.each([
    'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END',
    'create temp trigger t after insert on a begin select 1; end',
    'CREATE TEMPORARY TRIGGER IF NOT EXISTS t AFTER INSERT ON a BEGIN SELECT 1;END',
    'CREATE /* ; */ TRIGGER t AFTER INSERT ON a BEGIN--;\nSELECT 1; /* END; */ SELECT 2;\nEND\n',
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 'END;'; SELECT 1; END",
    'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT x,CASE WHEN 1 THEN CASE WHEN 2 THEN 3 END END; SELECT 5; END',
    // `end` is a name like any other where a statement cannot begin.
    'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT NEW.end; SELECT end; END',
    'CREATE TRIGGER t AFTER INSERT ON a WHEN CASE 1 WHEN 1 THEN 2 END BEGIN SELECT 1; END',
  ])('%j', (trigger) => {
    expect(splitStatements(trigger)).toEqual([trigger.trim()])
    expect(splitStatements(`SELECT 1; ${trigger}; SELECT 3;`)).toEqual([
      'SELECT 1',
      trigger.trim(),
      'SELECT 3',
    ])
  })
})

test('long text is no problem', () => {
  const long = `INSERT INTO a VALUES ('${'x;'.repeat(2_000_000)}')`
  expect(splitStatements(`${long};-- ${'y;'.repeat(1_000_000)}\n${long};`)).toHaveLength(2)
})

describe('laws', () => {
  const space = fc.constantFrom(' ', '\n', '\t', ' -- a; comment\n', '/* one; more */')
  const tokens = [
    'SELECT',
    'x',
    '1',
    "'a;b'",
    "'it''s'",
    '"c;d"',
    '`e;f`',
    '[g;h]',
    'CASE',
    'END',
    '(',
    ')',
    '-',
    '/',
  ]
  const trigger = 'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END; END'
  const statement = fc.oneof(
    fc.array(fc.constantFrom(...tokens), { minLength: 1, maxLength: 8 }).map((words) => words.join(' ')),
    fc.constant(trigger),
  )
  const anything = fc.string({
    unit: fc.constantFrom(...`ab ;'"\`[]-/*\n$`, 'CREATE ', 'TRIGGER ', 'END '),
    maxLength: 40,
  })

  test('statements that are joined are found again', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(space, statement)), (parts) => {
        const text = parts.map(([before, each]) => `${before}${each}${before};`).join('')
        const found = splitStatements(text)
        expect(found).toHaveLength(parts.length)
        for (const [index, [, each]] of parts.entries()) expect(found[index]).toContain(each)
      }),
    )
  })

  test('splitting what was split changes nothing', () => {
    fc.assert(
      fc.property(anything, (text) => {
        for (const each of splitStatements(text)) expect(splitStatements(each)).toEqual([each])
      }),
    )
  })

  test('joining what was split, and splitting it again, changes nothing', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const found = splitStatements(text)
        // A statement may end in a comment that goes on to the end of its line.
        expect(splitStatements(found.join('\n;'))).toEqual(found)
      }),
    )
  })

  test('what is in no statement is comments and semicolons', () => {
    fc.assert(
      fc.property(anything, (text) => {
        let rest = text
        for (const each of splitStatements(text)) {
          const index = rest.indexOf(each)
          expect(index).toBeGreaterThanOrEqual(0)
          expect(rest.slice(0, index).trim()).toMatch(/^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*$/)
          rest = rest.slice(index + each.length)
        }
      }),
    )
  })
})

test.each<[string, string[]]>([
  ['-- Migration number: 0001\n', []],
  // A single statement stays as it is.
  [' SELECT 1 ;\n', [' SELECT 1 ;\n']],
  ['-- why\nSELECT 1', ['-- why\nSELECT 1']],
  ['SELECT 1; -- done', ['SELECT 1']],
  ['BEGIN TRANSACTION; SELECT 1; COMMIT;', ['SELECT 1']],
  [
    'PRAGMA foreign_keys=OFF;\n-- from\nBEGIN TRANSACTION;\nSELECT 1;\nCOMMIT;\n',
    ['PRAGMA foreign_keys=OFF', 'SELECT 1'],
  ],
  ['BEGIN TRANSACTION; SELECT 1;', ['SELECT 1']],
  [
    "BEGIN TRANSACTION; SELECT 'BEGIN TRANSACTION;'; SELECT 'COMMIT;'; COMMIT",
    ["SELECT 'BEGIN TRANSACTION;'", "SELECT 'COMMIT;'"],
  ],
  // For D1 to refuse.
  ['SELECT 1; COMMIT;', ['SELECT 1', 'COMMIT']],
  ['begin transaction; SELECT 1; commit;', ['begin transaction', 'SELECT 1', 'commit']],
  ['BEGIN; SELECT 1; COMMIT;', ['BEGIN', 'SELECT 1', 'COMMIT']],
])('%j is run as %j', (text, queries) => {
  expect(migrationQueries(text)).toEqual({ queries })
})

test('one transaction is taken off, and not two', () => {
  const transaction = 'BEGIN TRANSACTION; SELECT 1; COMMIT;'
  expect(migrationQueries(transaction + transaction)).toBe('several transactions')
})
