import { DurableObject } from 'cloudflare:workers'

interface Env {
  NOTES: KVNamespace
  COUNTER: DurableObjectNamespace<Counter>
}

/** Counts by name, in SQL. */
export class Counter extends DurableObject {
  constructor(state: DurableObjectState, env: Env) {
    super(state, env)
    state.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, count INTEGER NOT NULL)',
    )
  }

  increment(name: string): number {
    const cursor = this.ctx.storage.sql.exec<{ count: number }>(
      'INSERT INTO counts VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count',
      name,
    )
    return cursor.one().count
  }
}

export default {
  /** `/notes/<name>` keeps text, `/counts/<name>` counts its visits. */
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, kind, name = ''] = new URL(request.url).pathname.split('/')
    if (kind === 'counts') {
      const counter = env.COUNTER.get(env.COUNTER.idFromName('visits'))
      return Response.json({ count: await counter.increment(name) })
    }
    if (kind !== 'notes') return new Response('Not found', { status: 404 })
    if (request.method === 'PUT') {
      await env.NOTES.put(name, await request.text())
      return new Response(null, { status: 204 })
    }
    const note = await env.NOTES.get(name)
    return note === null ? new Response('Not found', { status: 404 }) : new Response(note)
  },
}
