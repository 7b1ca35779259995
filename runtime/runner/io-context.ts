/**
 * Hops between I/O contexts. The socket belongs to the runner object, and workerd lets no other context
 * use it: not a handler that runs under `SELF`, not another Durable Object of the same isolate.
 *
 * Who runs is known from an async context. The runner's is marked, because its absence says nothing: the
 * runtime calls listeners of WebSockets, methods of RPC targets and sources of streams without one.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

import { RUNNER_SECRET_HEADER } from '../../shared/protocol.ts'
import { OneTimeAddresses } from './one-time-addresses.ts'
import { claim } from './privileged.ts'

// Captured: tests replace globals, and a hop must not depend on what they put there.
const NativeResponse = Response

const namespace = claim('io-context')
const secret = claim('door')

/** What keeps an event going after its handler has answered. */
export interface EventContext {
  /** The runtime's own, which user code cannot see us call. */
  waitUntil(promise: Promise<unknown>): void
}

interface Hop {
  run: () => unknown
  outcome?: { ok: true; value: unknown } | { ok: false; error: unknown }
}

const RUNNER: EventContext = { waitUntil() {} }
const UNKNOWN: EventContext = { waitUntil() {} }
const current = new AsyncLocalStorage<EventContext>()
const hops = new OneTimeAddresses<Hop>('http://runner/hop/')
const posted: (() => void)[] = []
let isRunningPosted = false

/** The runner object's name; there is one. */
const RUNNER_NAME = 'runner'

/** Runs user code on behalf of an event. */
export function inEvent<T>(context: EventContext, run: () => T): T {
  return current.run(context, run)
}

/** Runs Vitest's code, and with it the tests. Only the runner object may do this. */
export function asRunner<T>(run: () => T): T {
  return current.run(RUNNER, run)
}

/** On behalf of which event the current code runs; `undefined` in a test, a hook or a module. */
export function eventContext(): EventContext | undefined {
  const context = current.getStore() ?? UNKNOWN
  return context === RUNNER ? undefined : context
}

/** The event that the current code certainly belongs to, which ends with it. */
export function knownEvent(): EventContext | undefined {
  const context = current.getStore()
  return context === RUNNER ? undefined : context
}

/**
 * Runs a function in the runner object's context and waits for it there. The caller waits for I/O of
 * its own meanwhile, so that workerd does not take it for hung.
 */
export async function inRunnerObject<T>(run: () => T | Promise<T>): Promise<T> {
  const event = eventContext()
  return event ? hop(event, run) : run()
}

/**
 * Waits until calls that were made before have arrived: the runtime hands them out in their order. A timer
 * would do the same, and take more than a millisecond.
 */
export async function callsArrive(): Promise<void> {
  await hop(RUNNER, () => {})
}

async function hop<T>(event: EventContext, run: () => T | Promise<T>): Promise<T> {
  const pending: Hop = { run }
  // A stub belongs to the context that made it, so each hop makes its own.
  const request = namespace
    .get(RUNNER_NAME)
    .fetch(hops.register(pending))
    .then(
      () => undefined,
      (error: unknown) => error,
    )
  // The handler may answer before the hop is done; a log line must not be lost with it.
  event.waitUntil(request)
  const failure = await request
  if (!pending.outcome) throw failure ?? new Error('vitest-pool-workerd: the runner object did not answer')
  if (!pending.outcome.ok) throw pending.outcome.error
  return pending.outcome.value as T
}

/**
 * Has something done in the runner object, without waiting for it. If the event is cut off before its
 * hop arrives, as that of a Durable Object that is reset, the runner does it as soon as it acts.
 */
export function postToRunner(run: () => void): void {
  posted.push(run)
  inRunnerObject(runPosted).catch(() => {})
}

/** In the runner object: does what was posted, in order. */
export function runPosted(): void {
  // What runs here sends, and sending comes here first.
  if (isRunningPosted) return
  isRunningPosted = true
  for (let run = posted.shift(); run; run = posted.shift()) run()
  isRunningPosted = false
}

/** Passes a request from outside on to the runner object. */
export function forwardToRunner(request: Request): Promise<Response> {
  return namespace.get(RUNNER_NAME).fetch(request)
}

/** Whether a request comes from the host. It sends one, before any user code is there to look at it. */
export function isAuthentic(request: Request): boolean {
  return request.headers.get(RUNNER_SECRET_HEADER) === secret
}

/** In the runner object: does what a hop came for; `undefined` if the request is none. */
export async function receiveHop(request: Request): Promise<Response | undefined> {
  const hop = hops.take(request.url)
  if (!hop) return undefined
  try {
    hop.outcome = { ok: true, value: await asRunner(hop.run) }
  } catch (error) {
    hop.outcome = { ok: false, error }
  }
  return new NativeResponse(null, { status: 204 })
}
