/**
 * Events that run Workflows, by the number of the run. The engine and the wrapper share the isolate: an event is
 * told to make no more calls without a way to it, which would take time.
 */
import { endCalls } from '../storage-calls.ts'
import { forgetBackground } from '../wait-until.ts'

let last = 0
const events = new Map<number, object>()
/** Runs that were ended before their events were there. */
const ended = new Set<number>()

export function nextRun(): number {
  return (last += 1)
}

/** The event is there. */
export function runBegins(run: number, event: object): void {
  if (ended.delete(run)) endEvent(event)
  else events.set(run, event)
}

/** From now on the event's calls to storage are not made, and nothing that it has begun is waited for. */
export function endRun(run: number): void {
  const event = events.get(run)
  if (event) endEvent(event)
  else ended.add(run)
}

/** There is nothing to end any more. */
export function forgetRun(run: number): void {
  events.delete(run)
}

/** Its background work may wait for what does not come any more, so nobody waits for it either. */
function endEvent(event: object): void {
  endCalls(event)
  forgetBackground((each) => each === event)
}
