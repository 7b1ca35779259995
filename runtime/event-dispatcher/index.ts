/**
 * A Worker of its own that turns requests into queue events. Nothing outside of workerd can make one: it
 * takes a service binding, and a compatibility flag that would show in the user's own bindings.
 *
 * The runner posts a batch as the host wrote it, and passes the answer on to the host as it comes.
 */

/** A batch, as `src/simulators/queues` writes it. */
interface Batch {
  lease: number
  queue: string
  messages: {
    id: string
    /** Milliseconds since the epoch. */
    timestampMs: number
    attempts: number
    contentType: 'text' | 'json' | 'bytes' | 'v8'
    /** Base64. */
    body: string
  }[]
  metrics: { backlogCount: number; backlogBytes: number; oldestMessageTimestamp: number }
}

/** Of a queue, by its name: a service binding with `service_binding_extra_handlers`, which has a type only for what users see. */
interface Consumer {
  queue(queue: string, messages: unknown[], metadata: unknown): Promise<object>
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

function bodyOf({ contentType, body }: Batch['messages'][number]): object {
  const bytes = bytesOf(body)
  switch (contentType) {
    case 'v8':
      return { serializedBody: bytes }
    case 'bytes':
      return { body: bytes }
    case 'text':
      return { body: new TextDecoder('utf-8', { ignoreBOM: true, fatal: false }).decode(bytes) }
    case 'json':
      return { body: JSON.parse(new TextDecoder().decode(bytes)) }
  }
}

export default {
  async fetch(request: Request, consumers: Record<string, Consumer>): Promise<Response> {
    const { lease, queue, messages, metrics } = await request.json<Batch>()
    const events = messages.map((message) => ({
      id: message.id,
      timestamp: new Date(message.timestampMs),
      attempts: message.attempts,
      ...bodyOf(message),
    }))
    const { oldestMessageTimestamp, ...counts } = metrics
    const oldest = oldestMessageTimestamp ? { oldestMessageTimestamp } : {}
    const result = await consumers[queue]!.queue(queue, events, { metrics: { ...counts, ...oldest } })
    return Response.json({ lease, ...result })
  },
}
