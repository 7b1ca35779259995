/**
 * What becomes of queue events. Whoever sent a message has gone on when its handler fails, and the runtime
 * says no more than that it did. So the reason is printed, where the test's own output goes.
 */
import { inRunnerObject } from './io-context.ts'
import { report } from './report.ts'

// Captured: fake timers replace it.
const nativeSetTimeout = globalThis.setTimeout

type State = 'running' | 'returned' | 'reported'

/** Batches under way, by the id of their first message, which is in no other batch meanwhile. */
const states = new Map<string, State>()

/** What keeps events going whose handlers may wait for a fake timer. */
const waiting = new Set<() => void>()

/** The test is over, and nobody moves its timers any more: handlers that wait for one are cut off. */
export function cutOffWaiting(): void {
  for (const resolve of waiting) resolve()
  waiting.clear()
}

/** Runs a handler, and prints why it fails. `batch` is whatever the event brought. */
export async function handleBatch(batch: unknown, handle: () => unknown): Promise<unknown> {
  const { queue, messages } = batch as Partial<MessageBatch>
  // Called by RPC, through a binding without queue events: nobody waits for its fate.
  if (!messages?.[0]) return handle()
  const { id } = messages[0]
  states.set(id, 'running')
  const { promise: handled, resolve } = Promise.withResolvers<void>()
  // A handler that waits for a fake timer waits for nothing that the runtime knows of, which would end the
  // event as hung. A hop is I/O.
  if (globalThis.setTimeout !== nativeSetTimeout) {
    waiting.add(resolve)
    inRunnerObject(() => handled).catch(() => {})
  }
  try {
    const result = await handle()
    states.set(id, 'returned')
    return result
  } catch (error) {
    states.set(id, 'reported')
    report(`queue() failed for ${describe(queue, messages.length)}:`, error)
    throw error
  } finally {
    resolve()
    waiting.delete(resolve)
  }
}

/** The state of a delivered batch, which is forgotten. `undefined` if the handler was never reached. */
export function takeState(id: string): State | undefined {
  const state = states.get(id)
  states.delete(id)
  return state
}

/** What to print about a batch that failed without an error of its handler. */
export function failure(queue: string, count: number, state: State | undefined): string | undefined {
  const what = describe(queue, count)
  switch (state) {
    case 'reported':
      return undefined
    case 'running':
      return (
        `queue() failed for ${what}: the handler does not settle, and nothing that it waits for is under way.\n` +
        '  help: await what the handler starts; a promise that nobody resolves looks the same'
      )
    case 'returned':
      return `queue() failed for ${what}: what the handler passed to ctx.waitUntil() was rejected.`
    case undefined:
      return `queue() failed for ${what}: the runtime did not call the handler.`
  }
}

/** In words, for messages to users. */
export function describe(queue: string | undefined, count: number): string {
  return `${count} message${count === 1 ? '' : 's'} of queue "${queue}"`
}
