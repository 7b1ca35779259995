/**
 * Events that run Workflows, by the number of the run. The engine and the wrapper share the isolate: an event is
 * told to make no more calls without a way to it, which would take time.
 */
import { endCalls } from '../storage-calls.ts'

let last = 0
const events = new Map<number, object>()
const ended = new Set<number>()

export function nextRun(): number {
  return (last += 1)
}

/** The event is there, and may have been ended before it was. */
export function runBegins(run: number, event: object): void {
  if (ended.has(run)) endCalls(event)
  else events.set(run, event)
}

/** From now on the event's calls to storage are not made. */
export function endRun(run: number): void {
  ended.add(run)
  const event = events.get(run)
  if (event) endCalls(event)
  events.delete(run)
}

/** There is nothing to end any more. */
export function forgetRun(run: number): void {
  events.delete(run)
  ended.delete(run)
}
