/** What the Worker of the other contestants does, on plain objects: there are no bindings in Node. */
export interface Env {
  NOTES: Map<string, string>
  COUNTER: Counter
}

export class Counter {
  readonly #counts = new Map<string, number>()

  async increment(name: string): Promise<number> {
    const count = (this.#counts.get(name) ?? 0) + 1
    this.#counts.set(name, count)
    return count
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, kind, name = ''] = new URL(request.url).pathname.split('/')
    if (kind === 'counts') return Response.json({ count: await env.COUNTER.increment(name) })
    if (kind !== 'notes') return new Response('Not found', { status: 404 })
    if (request.method === 'PUT') {
      env.NOTES.set(name, await request.text())
      return new Response(null, { status: 204 })
    }
    const note = env.NOTES.get(name)
    return note === undefined ? new Response('Not found', { status: 404 }) : new Response(note)
  },
}
