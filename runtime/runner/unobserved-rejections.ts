/**
 * Rejections of remote calls that nobody observes, and that are nobody's mistake. Bindings answer to every
 * name, so whoever prints or compares one calls methods that do not exist. Of `stub.first().second()` only the
 * last call is awaited, while the first one's promise rejects as well. And the end of a frame cuts off the calls
 * of Durable Objects; whoever does await one gets the error.
 */
import { postToRunner } from './io-context.ts'

// Captured: tests replace timers and the clock.
const nativeSetTimeout = globalThis.setTimeout
const now = Date.now.bind(Date)

/** Methods that Vitest calls on what it prints or compares, if they are there. */
const PROBES: ReadonlySet<string> = new Set(
  'toJSON inspect hasAttribute getMockName calls asymmetricMatch toAsymmetricMatcher valueOf toString'.split(
    ' ',
  ),
)

/** What the runtime says to callers of an object that was reset with all others. */
const CUT_OFF = 'Application called abortAllDurableObjects().'

/** The end of a chain is rejected with the rest of it, or a little later. */
const CHAIN_MS = 50
/** … and hardly before. A probe is known to have failed before the caller is. */
const BEFORE_MS = { awaited: 5, probe: 50 }
const OBSERVED_MAX = 64

interface Observed {
  error: Error
  at: number
  kind: keyof typeof BEFORE_MS
}

/** Errors that somebody got to see, or that nobody is to see, the newest last. */
const observed: Observed[] = []

/** Stands in front of Vitest, which reports all rejections. */
export function forgiveUnobservedRejections(): void {
  globalThis.addEventListener('unhandledrejection', (event) => {
    const { reason, promise } = event as PromiseRejectionEvent
    const isCutOff = reason instanceof Error && reason.message === CUT_OFF
    if (!isRemote(reason) && !isCutOff) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (isCutOff || isProbe(reason)) return
    const at = now()
    // The end of the chain is rejected later in this turn.
    postToRunner(() => {
      nativeSetTimeout(() => {
        if (!observed.some((other) => isSameFailure(other, reason, at))) rejectUnhandled(reason, promise)
      }, 0)
    })
  })
}

/** Remembers what an awaited call was rejected with. */
export function noteObserved(reason: unknown): void {
  if (isRemote(reason)) remember(reason, 'awaited')
}

function remember(error: Error, kind: Observed['kind']): void {
  observed.push({ error, at: now(), kind })
  if (observed.length > OBSERVED_MAX) observed.shift()
}

/** Remembers why a call failed on its way to a user's class, if it was nobody's wish. */
export function noteFailedProbe(name: string, error: unknown): void {
  if (PROBES.has(name) && error instanceof Error) remember(error, 'probe')
}

/** Whether an error is the runtime's copy of one that was thrown at the other end of a call. */
function isRemote(reason: unknown): reason is Error {
  return reason instanceof Error && (reason as { remote?: unknown }).remote === true
}

function isProbe({ message }: Error): boolean {
  const [, name] = /^The RPC receiver does not implement (?:the method )?"(.*)"\.$/.exec(message) ?? []
  return name !== undefined && PROBES.has(name)
}

function isSameFailure(seen: Observed, { name, message }: Error, at: number): boolean {
  const later = seen.at - at
  if (later > CHAIN_MS || later < -BEFORE_MS[seen.kind]) return false
  return seen.error.message === message && seen.error.name === name
}

function rejectUnhandled(reason: unknown, promise: unknown): void {
  // The types know only the events by which a process ends.
  ;(process as unknown as { emit(...event: unknown[]): void }).emit('unhandledRejection', reason, promise)
}
