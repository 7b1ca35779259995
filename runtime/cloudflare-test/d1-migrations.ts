/** Applies D1 migrations that `readD1Migrations` has read in Node, and records them as Wrangler does. */
import type { D1Migration } from 'cloudflare:test'

const DEFAULT_TABLE = 'd1_migrations'

/**
 * Applies what has not been applied yet, in the order given. Each migration is one batch with the row that
 * records it, so one that fails leaves nothing of its own, and those before it stay.
 */
export async function applyD1Migrations(
  db: D1Database,
  migrations: readonly D1Migration[],
  migrationsTableName: string = DEFAULT_TABLE,
): Promise<void> {
  if (!isDatabase(db)) throw wrongParameter(1, 'D1Database', 'pass a D1 binding, such as `env.DB`')
  if (!isMigrations(migrations)) {
    throw wrongParameter(
      2,
      'D1Migration[]',
      'pass a binding whose value is what `readD1Migrations()` returned',
    )
  }
  if (typeof (migrationsTableName as unknown) !== 'string') {
    throw wrongParameter(3, 'string', 'leave it out, or name a table')
  }

  const table = `"${migrationsTableName.replaceAll('"', '""')}"`
  // Wrangler's columns, so that it can go on with a database of ours, and we with one of Wrangler's.
  await db
    .prepare(
      `CREATE TABLE IF NOT EXISTS ${table} (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`,
    )
    .run()
  const { results } = await db.prepare(`SELECT name FROM ${table}`).all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  for (const { name, queries } of migrations) {
    if (applied.has(name)) continue
    const record = db.prepare(`INSERT INTO ${table} (name) VALUES (?)`).bind(name)
    try {
      await db.batch([...queries.map((query) => db.prepare(query)), record])
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`migration "${name}" could not be applied: ${reason}`, { cause: error })
    }
  }
}

/** The class cannot be imported, and a spy may stand in for a method. */
function isDatabase(value: unknown): value is D1Database {
  if (typeof value !== 'object' || value === null) return false
  const { constructor, prepare, batch, exec } = value as Record<string, unknown>
  return (
    (constructor as { name?: unknown } | undefined)?.name === 'D1Database' &&
    [prepare, batch, exec].every((method) => typeof method === 'function')
  )
}

function isMigrations(value: unknown): value is D1Migration[] {
  return Array.isArray(value) && value.every(isMigration)
}

function isMigration(value: unknown): value is D1Migration {
  if (typeof value !== 'object' || value === null) return false
  const { name, queries } = value as Record<string, unknown>
  return (
    typeof name === 'string' && Array.isArray(queries) && queries.every((query) => typeof query === 'string')
  )
}

function wrongParameter(position: number, type: string, help: string): TypeError {
  return new TypeError(
    `Failed to execute 'applyD1Migrations': parameter ${position} is not of type '${type}'.\n  help: ${help}`,
  )
}
