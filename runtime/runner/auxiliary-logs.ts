/**
 * What auxiliary Workers print. Their consoles are theirs; the runtime hands over what was logged when an event of
 * theirs is over, and it is printed here, as of the file: which test it belongs to cannot be told any more.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'

import { inRunnerObject } from './io-context.ts'

/** What a tail event has of each event that it is about. */
interface Trace {
  scriptName?: string | null
  logs: { level: string; message: unknown; timestamp: number }[]
  exceptions: { name: string; message: string; stack?: string }[]
}

type Level = 'debug' | 'error' | 'info' | 'log' | 'warn'

const LEVELS: ReadonlySet<string> = new Set(['debug', 'error', 'info', 'log', 'warn'])

export class AuxiliaryLogs extends WorkerEntrypoint {
  override async tail(events: unknown): Promise<void> {
    // Plain data by now: nothing of it belongs to this event.
    const traces = structuredClone((events as Trace[]).map(({ logs }) => ({ logs: logs.map(copied) })))
    await inRunnerObject(() => {
      for (const { logs } of traces) for (const { level, message } of logs) print(level, message)
    })
  }
}

function copied({ level, message }: Trace['logs'][number]): { level: string; message: unknown } {
  return { level, message }
}

function print(level: string, message: unknown): void {
  const method: Level = LEVELS.has(level) ? (level as Level) : 'log'
  console[method](...(Array.isArray(message) ? message : [message]))
}
