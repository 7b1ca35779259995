import { DurableObject } from 'cloudflare:workers'

export type CountedEvent = 'signed' | 'deleted'
export type Totals = Record<CountedEvent, number>

/** Counts what happens to one book. A Durable Object handles one call at a time, so no count is lost. */
export class Counter extends DurableObject<Env> {
  #sql: SqlStorage

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec('CREATE TABLE IF NOT EXISTS totals (event TEXT PRIMARY KEY, count INTEGER NOT NULL)')
  }

  /** Public methods can be called from a Worker through a stub. Returns the new total. */
  record(event: CountedEvent): number {
    const statement = `
      INSERT INTO totals (event, count) VALUES (?, 1)
      ON CONFLICT (event) DO UPDATE SET count = count + 1
      RETURNING count`
    return this.#sql.exec<{ count: number }>(statement, event).one().count
  }

  totals(): Totals {
    const totals: Totals = { signed: 0, deleted: 0 }
    const rows = this.#sql.exec<{ event: CountedEvent; count: number }>('SELECT * FROM totals')
    for (const { event, count } of rows) totals[event] = count
    return totals
  }
}
