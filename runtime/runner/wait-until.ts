/**
 * Background work of events. It is awaited before storage is undone, so that a `ctx.waitUntil` of one
 * test can neither be lost nor reach into the next.
 */

import type { EventContext } from './io-context.ts'
import { takeOutstandingCalls } from './storage-calls.ts'

// Captured: tests replace timers.
const nativeSetTimeout = globalThis.setTimeout
const nativeClearTimeout = globalThis.clearTimeout

/** How long one round of background work may take before it is given up. */
const LIMIT_MS = 30_000

/** How long a call to storage may take that nobody waits for. Then it is cut off, quietly. */
const CALL_LIMIT_MS = 1000

/** Work under way, with the event that it was left by; a test's own contexts have none. */
const background = new Map<Promise<unknown>, object | undefined>()
const events = new WeakMap<object, EventContext>()

/** Remembers work of the current test. A rejection is the runtime's to report, not ours. */
export function track(promise: unknown, owner?: object): void {
  const settled: Promise<unknown> = Promise.resolve(promise).then(
    () => background.delete(settled),
    () => background.delete(settled),
  )
  background.set(settled, owner)
}

/** The runtime cut off what an event, or an object that was reset, had under way: it never settles. */
export function forgetBackground(owner: object): void {
  for (const [promise, other] of background) if (other === owner) background.delete(promise)
}

/** Makes `ctx.waitUntil` known to {@link track}. What it returns keeps the event going without that. */
export function trackContext(ctx: { waitUntil(promise: Promise<unknown>): void }): EventContext {
  const known = events.get(ctx)
  if (known) return known
  const waitUntil = ctx.waitUntil.bind(ctx)
  const event = { waitUntil }
  events.set(ctx, event)
  Object.defineProperty(ctx, 'waitUntil', {
    configurable: true,
    writable: true,
    value: (promise: Promise<unknown>) => {
      track(promise, event)
      waitUntil(promise)
    },
  })
  return event
}

/** Waits until no background work is left, each round for 30 s at most. */
export async function drain(where: string): Promise<void> {
  while (background.size > 0) {
    const round = [...background.keys()]
    if (await settlesInTime(round)) continue
    for (const promise of round) background.delete(promise)
    console.warn(abandoned(round.length, where))
  }
  const calls = takeOutstandingCalls()
  if (calls.length > 0) await settlesInTime(calls, CALL_LIMIT_MS)
}

/** Whether all promises settle within the limit. They must not reject. */
export async function settlesInTime(
  promises: readonly Promise<unknown>[],
  limit_ms: number = LIMIT_MS,
): Promise<boolean> {
  let timer: unknown
  const late = new Promise<false>((resolve) => {
    timer = nativeSetTimeout(() => resolve(false), limit_ms)
  })
  const inTime = await Promise.race([Promise.all(promises).then(() => true as const), late])
  nativeClearTimeout(timer as number)
  return inTime
}

/** What a user reads when background work does not end. */
export function abandoned(count: number, where: string): string {
  return (
    `[vitest-pool-workerd] ${count} waitUntil promise(s) did not resolve within 30s and will be abandoned${where}. ` +
    "This normally means your Worker's waitUntil handler has a bug that prevents it from settling " +
    '(e.g. a fetch that never completes or a missing resolve/reject call).'
  )
}
