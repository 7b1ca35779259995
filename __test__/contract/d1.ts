/** What the suites of D1 share. */
import { env } from 'cloudflare:test'

import { errorOf, uniqueName } from './contract.ts'

/** Runs a statement; its error is the point. */
export const failureOf = (sql: string, ...values: unknown[]): Promise<string> =>
  errorOf(() =>
    env.DB.prepare(sql)
      .bind(...values)
      .all(),
  )

/** The only cell of a statement's only row. */
export async function cell(sql: string, ...values: unknown[]): Promise<unknown> {
  const [row] = await env.DB.prepare(sql)
    .bind(...values)
    .raw()
  return row?.[0]
}

/** Makes a table that no other case uses, and returns its name. */
export async function table(columns: string, ...rows: string[]): Promise<string> {
  const name = uniqueName('t')
  await env.DB.exec(`CREATE TABLE ${name} (${columns})`)
  if (rows.length > 0)
    await env.DB.exec(`INSERT INTO ${name} VALUES ${rows.map((row) => `(${row})`).join(', ')}`)
  return name
}
