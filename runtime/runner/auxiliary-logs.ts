/**
 * What auxiliary Workers print. Their consoles are theirs; the runtime hands over what was logged when an event of
 * theirs is over, and it is printed here, as of the file: which test it belongs to cannot be told any more.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'

import { inRunnerObject } from './io-context.ts'

/** What of a tail event matters here. */
interface Trace {
  logs: { level: string; message: unknown }[]
}

type Level = 'debug' | 'error' | 'info' | 'log' | 'warn'

const LEVELS: ReadonlySet<string> = new Set(['debug', 'error', 'info', 'log', 'warn'])

export class AuxiliaryLogs extends WorkerEntrypoint {
  override async tail(events: unknown): Promise<void> {
    // Plain data by now: nothing of it belongs to this event.
    const logs = (events as Trace[]).flatMap((trace) => trace.logs)
    const lines = structuredClone(logs.map(({ level, message }) => ({ level, message })))
    await inRunnerObject(() => {
      for (const { level, message } of lines) print(level, message)
    })
  }
}

function print(level: string, message: unknown): void {
  const method: Level = LEVELS.has(level) ? (level as Level) : 'log'
  console[method](...(Array.isArray(message) ? message : [message]))
}
