import { DurableObject } from 'cloudflare:workers'

/** Crosses to the caller as an error with this name and message; the class itself stays here. */
export class OutOfStock extends Error {
  override name = 'OutOfStock'
}

/** What there is of one product. The object takes one call at a time, so nothing is sold twice. */
export class Stock extends DurableObject<object> {
  #sql: SqlStorage

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec('CREATE TABLE IF NOT EXISTS movements (quantity INTEGER NOT NULL)')
  }

  available(): number {
    return this.#sql.exec<{ n: number }>('SELECT total(quantity) AS n FROM movements').one().n
  }

  add(quantity: number): void {
    this.#sql.exec('INSERT INTO movements VALUES (?)', quantity)
  }

  take(quantity: number): void {
    const available = this.available()
    if (quantity > available) throw new OutOfStock(`${available} left, ${quantity} wanted`)
    this.add(-quantity)
  }
}
