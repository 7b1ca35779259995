/**
 * Reads D1 migrations as Wrangler does: the same files, in the same order, split into the same statements.
 * Applying them is the runtime's part, `runtime/cloudflare-test/d1-migrations.ts`; they get there as a binding.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join, posix, resolve } from 'node:path'

import { globDepth, globPattern } from './glob-pattern.ts'
import { migrationQueries } from './sql-statements.ts'

/** One migration file. Plain data, which can be the value of a binding. */
export interface D1Migration {
  /** The file's name, in nested folders its path from the migrations folder. @example '0001_books.sql' */
  name: string
  /** Its statements, in their order. @example ['CREATE TABLE books (title TEXT)'] */
  queries: string[]
}

/** Where migrations are, in the words of a Wrangler file's D1 binding. */
export interface D1MigrationsOptions {
  /** What the other two are relative to. Default: the working folder. @example import.meta.dirname */
  projectPath?: string
  /** The folder that names of migrations begin in. Default: `'./migrations'`. @example './db/migrations' */
  migrationsDir?: string
  /**
   * Which files are migrations: `*` and `?` within a folder, `**` for any number of folders, `[0-9]`,
   * `{a,b}`. It begins with `migrationsDir`. Default: the `.sql` files in that folder itself.
   * @example './migrations/*\/migration.sql'
   */
  migrationsPattern?: string
}

/**
 * Reads migrations, for `applyD1Migrations` of `cloudflare:test`. Give them to the tests as a binding.
 *
 * Files are ordered by the number that they begin with; those without one come last. A folder that does not
 * exist is an error, unless it was given in an object: then there are no migrations.
 * @param source The folder, relative to the working folder; or an object that says more.
 * @example
 * workers(async () => ({
 *   miniflare: { bindings: { TEST_MIGRATIONS: await readD1Migrations('./migrations') } },
 * }))
 */
export async function readD1Migrations(source: string | D1MigrationsOptions): Promise<D1Migration[]> {
  const { folder, names } = await listMigrations(source)
  return await Promise.all(names.toSorted(compareNames).map((name) => readMigration(folder, name)))
}

async function listMigrations(source: unknown): Promise<{ folder: string; names: string[] }> {
  if (typeof source === 'string') {
    return { folder: source, names: await filesIn(source, globPattern('*.sql'), 0) }
  }
  if (typeof source !== 'object' || source === null) {
    throw new TypeError(
      "Failed to execute 'readD1Migrations': parameter 1 is not of type 'string' or 'object'.",
    )
  }
  const {
    projectPath = process.cwd(),
    migrationsDir = './migrations',
    migrationsPattern,
  } = source as D1MigrationsOptions
  const folder = resolve(projectPath, migrationsDir)
  const pattern = migrationsPattern === undefined ? '*.sql' : belowFolder(migrationsPattern, migrationsDir)
  const names = await filesIn(folder, globPattern(pattern), globDepth(pattern)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
  return { folder, names }
}

/** What a pattern says about paths below the folder that it has to begin with. */
function belowFolder(pattern: string, folder: string): string {
  const path = normalize(pattern)
  const start = normalize(folder)
  const isBelow = start === '.' ? !/^(?:\.?$|\.\.?\/|\/)/.test(path) : path.startsWith(`${start}/`)
  if (!isBelow) throw new Error(`Expected migrations pattern "${path}" to start with "${start}/"`)
  return start === '.' ? path : path.slice(start.length + 1)
}

function normalize(path: string): string {
  return posix.normalize(path.replaceAll('\\', '/')).replace(/\/$/, '')
}

/** Files whose path from the folder matches. Links are not followed, as Wrangler does not. */
async function filesIn(folder: string, pattern: RegExp, depth: number, prefix = ''): Promise<string[]> {
  const names: string[] = []
  for (const entry of await readdir(prefix ? join(folder, prefix) : folder, { withFileTypes: true })) {
    const name = prefix + entry.name
    if (entry.isFile() && pattern.test(name)) names.push(name)
    if (entry.isDirectory() && depth > 0)
      names.push(...(await filesIn(folder, pattern, depth - 1, `${name}/`)))
  }
  return names
}

/**
 * By segments of the path: the number before the first `_`, then what has no number, then the text. Text is
 * compared by code units, since the order must not depend on the machine's language.
 */
function compareNames(left: string, right: string): number {
  const others = right.split('/')
  for (const [index, segment] of left.split('/').entries()) {
    const other = others[index]
    if (other === undefined) return 1
    const difference = numberOf(segment) - numberOf(other)
    // Two infinities have no difference: `NaN`.
    if (difference) return difference
    if (segment !== other) return segment < other ? -1 : 1
  }
  return -1
}

function numberOf(segment: string): number {
  const number = Number.parseInt(segment.split('_', 1)[0]!, 10)
  return Number.isNaN(number) ? Infinity : number
}

async function readMigration(folder: string, name: string): Promise<D1Migration> {
  const path = join(folder, name)
  const found = migrationQueries(await readFile(path, 'utf8'))
  if (found === 'several transactions') {
    throw new Error(
      `The migration ${name} contains several transactions\n  file: ${resolve(path)}\n` +
        '  help: D1 runs each migration in a transaction of its own; remove the lines BEGIN TRANSACTION and COMMIT',
    )
  }
  return { name, queries: found.queries }
}
