import { DurableObject } from 'cloudflare:workers'

/** Uses everything that storage has. */
export class Store extends DurableObject<Cloudflare.Env> {
  query(query: string, ...bindings: unknown[]): Record<string, SqlStorageValue>[] {
    return this.ctx.storage.sql.exec(query, ...bindings).toArray()
  }

  synchronous(): unknown {
    const { kv } = this.ctx.storage
    kv.put('a', 1)
    kv.put('b', { nested: [1n] })
    const listed = [...kv.list()]
    kv.delete('a')
    return { a: kv.get('a'), b: kv.get('b'), listed }
  }

  async transaction(fails: boolean): Promise<unknown> {
    await this.ctx.storage.put('balance', 1)
    try {
      await this.ctx.storage.transaction(async (transaction) => {
        await transaction.put('balance', 2)
        if (fails) throw new Error('undo')
      })
    } catch {
      // What is asked for.
    }
    return this.ctx.storage.get('balance')
  }

  transactionSync(fails: boolean): unknown {
    const { kv } = this.ctx.storage
    kv.put('balance', 1)
    try {
      this.ctx.storage.transactionSync(() => {
        kv.put('balance', 2)
        if (fails) throw new Error('undo')
      })
    } catch {
      // What is asked for.
    }
    return kv.get('balance')
  }

  async deleteAll(): Promise<unknown> {
    await this.ctx.storage.put('a', 1)
    this.ctx.storage.sql.exec('CREATE TABLE t (x)')
    await this.ctx.storage.deleteAll()
    const tables = this.ctx.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 't'").toArray()
    return { entries: (await this.ctx.storage.list()).size, tables: tables.length }
  }

  async restoreBookmark(): Promise<void> {
    await this.ctx.storage.onNextSessionRestoreBookmark(await this.ctx.storage.getCurrentBookmark())
  }
}
