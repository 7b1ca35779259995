import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { readD1Migrations } from './d1-migrations.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpw-d1-migrations-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(...files: string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), 'SELECT 1')
  }
}

async function names(source: Parameters<typeof readD1Migrations>[0]): Promise<string[]> {
  return (await readD1Migrations(source)).map(({ name }) => name)
}

/** Names that a pattern finds; the folder is called `m`. */
async function namesOf(migrationsPattern: string, migrationsDir = 'm'): Promise<string[]> {
  return await names({ projectPath: folder, migrationsDir, migrationsPattern })
}

test('a migration is its name and its statements, as plain data', async () => {
  writeFileSync(join(folder, '1_a.sql'), 'CREATE TABLE a (x);\nINSERT INTO a VALUES (1); -- done')
  const migrations = await readD1Migrations(folder)
  expect(migrations).toEqual([
    { name: '1_a.sql', queries: ['CREATE TABLE a (x)', 'INSERT INTO a VALUES (1)'] },
  ])
  expect(JSON.parse(JSON.stringify(migrations))).toEqual(migrations)
})

describe('order', () => {
  test.each([
    [['1_a.sql', '2_a.sql', '10_a.sql', 'a.sql']],
    [
      [
        '02_a.sql',
        '2_a.sql',
        '2_b.sql',
        '0003_a.sql',
        '4.sql',
        '5a_b.sql',
        ' 6_a.sql',
        '07.sql',
        '20240101000000_a.sql',
      ],
    ],
    [['-1_a.sql', '0x2_a.sql', '1.5_a.sql', '1_a.sql', '1a.sql']],
    [['99999999999999999999_a.sql', 'B.sql', '_1.sql', 'a.sql', 'b_1.sql', 'Ä.sql']],
  ])('%j', async (files) => {
    write(...files.toReversed())
    expect(await names(folder)).toEqual(files)
  })

  test('of nested files, folder by folder', async () => {
    const files = [
      '1/1/1.sql',
      '1/y.sql',
      '02_a/5.sql',
      '02_a.sql',
      '2/7.sql',
      '2_a/9_x.sql',
      '2_a/10_x.sql',
      '2_a/sub/1_x.sql',
      '10/1.sql',
      'a/1.sql',
    ]
    write(...files.toReversed().map((file) => `m/${file}`))
    expect(await namesOf('m/**/*.sql')).toEqual(files)
  })
})

test('other files, folders, links and hidden files are none', async () => {
  write('1_a.sql', '2_a.SQL', '3_a.txt', '4_a', '.5_a.sql', '.sql', 'folder/6_a.sql', '7_folder.sql/8_a.sql')
  symlinkSync('1_a.sql', join(folder, '9_link.sql'))
  expect(await names(folder)).toEqual(['1_a.sql'])
  expect(await names({ projectPath: folder, migrationsDir: '.' })).toEqual(['1_a.sql'])
})

test.each<[string, string[]]>([
  ['m/*.sql', ['1.sql']],
  ['./m/*.sql', ['1.sql']],
  ['m//./*.sql', ['1.sql']],
  ['m\\*\\1.sql', ['2_b/1.sql', '10_b/1.sql']],
  ['m/*/migration.*', ['2_b/migration.sql']],
  ['m/**/*.sql', ['1.sql', '2_b/1.sql', '2_b/migration.sql', '10_b/1.sql', '10_b/c/1.sql']],
  ['m/**', ['1.sql', '2_b/1.sql', '2_b/migration.sql', '10_b/1.sql', '10_b/c/1.sql', '10_b/notes.txt']],
  ['m/10_b/**/1.sql', ['10_b/1.sql', '10_b/c/1.sql']],
  ['m/none/*.sql', []],
])('the pattern %s', async (pattern, expected) => {
  write('m/1.sql', 'm/2_b/1.sql', 'm/2_b/migration.sql', 'm/10_b/1.sql', 'm/10_b/c/1.sql', 'm/10_b/notes.txt')
  write('m/.h/1.sql', 'other/1.sql')
  expect(await namesOf(pattern)).toEqual(expected)
  expect(await namesOf(pattern, './m/')).toEqual(expected)
})

test('folders may be absolute, the project itself, or have characters of patterns in their names', async () => {
  write('m/1.sql', 'a [b] {c}/x/1.sql')
  expect(await names({ migrationsDir: join(folder, 'm') })).toEqual(['1.sql'])
  expect(await namesOf(join(folder, 'm/*.sql'), join(folder, 'm'))).toEqual(['1.sql'])
  expect(await namesOf('./m/*.sql', '.')).toEqual(['m/1.sql'])
  expect(await namesOf('a [b] {c}/*/*.sql', 'a [b] {c}')).toEqual(['x/1.sql'])
  expect(await namesOf(`../${basename(folder)}/m/*.sql`, `../${basename(folder)}/m`)).toEqual(['1.sql'])
})

test.each([
  ['x/*.sql', 'm', 'x/*.sql', 'm/'],
  ['**/*.sql', './m/', '**/*.sql', 'm/'],
  ['m', 'm', 'm', 'm/'],
  ['./mm/*.sql', './m', 'mm/*.sql', 'm/'],
  ['m/../x/*.sql', 'm', 'x/*.sql', 'm/'],
  ['../x/*.sql', '.', '../x/*.sql', './'],
  ['', 'm', '.', 'm/'],
])('the pattern %j is not in %j', async (pattern, migrationsDir, shown, start) => {
  await expect(namesOf(pattern, migrationsDir)).rejects.toThrow(
    new Error(`Expected migrations pattern "${shown}" to start with "${start}"`),
  )
})

test('a folder that is missing is an error if it is named directly', async () => {
  write('file')
  await expect(names(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(names('')).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(names(join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  expect(await names({ projectPath: folder })).toEqual([])
  expect(await names({ projectPath: folder, migrationsDir: 'none' })).toEqual([])
  await expect(names({ projectPath: folder, migrationsDir: 'file' })).rejects.toMatchObject({
    code: 'ENOTDIR',
  })
})

test('anything but a path or an object is refused', async () => {
  for (const source of [undefined, null, 5, true, () => {}]) {
    await expect(readD1Migrations(source as never)).rejects.toThrow(
      new TypeError("Failed to execute 'readD1Migrations': parameter 1 is not of type 'string' or 'object'."),
    )
  }
})

test('a file with several transactions is named', async () => {
  const transaction = 'BEGIN TRANSACTION; SELECT 1; COMMIT;'
  writeFileSync(join(folder, '2_b.sql'), transaction + transaction)
  await expect(readD1Migrations(folder)).rejects.toThrow(
    `The migration 2_b.sql contains several transactions\n  file: ${join(folder, '2_b.sql')}\n` +
      '  help: D1 runs each migration in a transaction of its own; remove the lines BEGIN TRANSACTION and COMMIT',
  )
})
