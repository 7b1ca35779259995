/**
 * Hops between I/O contexts. The socket belongs to the runner object, and workerd lets no other context
 * use it: not a handler that runs under `SELF`, not another Durable Object of the same isolate.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

import { RUNNER_SECRET_HEADER } from '../../shared/protocol.ts'
import { claim } from './privileged.ts'

const namespace = claim('io-context')

/** The part of an event's context that outlives its handler. */
export interface EventContext {
  waitUntil(promise: Promise<unknown>): void
}

interface Hop {
  run: () => unknown
  outcome?: { ok: true; value: unknown } | { ok: false; error: unknown }
}

// Everything that runs on behalf of an event carries its context along; nothing means the runner.
const currentEvent = new AsyncLocalStorage<EventContext>()
const hops = new Map<string, Hop>()
let nextHop = 0
let secret = ''

/** The runner object's name; there is one. */
const RUNNER_NAME = 'runner'
const HOP_URL = 'http://runner/hop'
const HOP_HEADER = 'x-vpw-hop'

/** Tells what the runner object and the host know of each other. */
export function setSecret(value: string): void {
  secret = value
}

/** Runs user code on behalf of an event. */
export function inEvent<T>(context: EventContext, run: () => T): T {
  return currentEvent.run(context, run)
}

/** On behalf of which event the current code runs; `undefined` in a test, a hook or a module. */
export function eventContext(): EventContext | undefined {
  return currentEvent.getStore()
}

/**
 * Runs a function in the runner object's context and waits for it there. The caller waits for I/O of
 * its own meanwhile, so that workerd does not take it for hung.
 */
export async function inRunnerObject<T>(run: () => T | Promise<T>): Promise<T> {
  const event = eventContext()
  if (!event) return run()
  const id = String(nextHop++)
  const hop: Hop = { run }
  hops.set(id, hop)
  // A stub belongs to the context that made it, so each hop makes its own.
  const headers = { [RUNNER_SECRET_HEADER]: secret, [HOP_HEADER]: id }
  const request = namespace.get(RUNNER_NAME).fetch(HOP_URL, { headers })
  // The handler may answer before the hop is done; a log line must not be lost with it.
  event.waitUntil(request.then(() => undefined))
  await request
  if (!hop.outcome) throw new Error('vitest-pool-workerd: the runner object did not answer')
  if (!hop.outcome.ok) throw hop.outcome.error
  return hop.outcome.value as T
}

/** Passes a request from outside on to the runner object. */
export function forwardToRunner(request: Request): Promise<Response> {
  return namespace.get(RUNNER_NAME).fetch(request)
}

/** Whether a request comes from us. */
export function isAuthentic(request: Request): boolean {
  return secret !== '' && request.headers.get(RUNNER_SECRET_HEADER) === secret
}

/** In the runner object: does what a hop came for; `undefined` if the request is none. */
export async function receiveHop(request: Request): Promise<Response | undefined> {
  const hop = hops.get(request.headers.get(HOP_HEADER) ?? '')
  if (!hop) return undefined
  hops.delete(request.headers.get(HOP_HEADER) ?? '')
  try {
    hop.outcome = { ok: true, value: await hop.run() }
  } catch (error) {
    hop.outcome = { ok: false, error }
  }
  return new Response(null, { status: 204 })
}
