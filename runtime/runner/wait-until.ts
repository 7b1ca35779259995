/**
 * Background work of events. It is awaited before storage is undone, so that a `ctx.waitUntil` of one
 * test can neither be lost nor reach into the next.
 */

import type { EventContext } from './io-context.ts'
import { replaceMethod } from './replace-method.ts'
import { report } from './report.ts'
import type { UnderWay } from './storage-calls.ts'
import { forgetCalls, isCalling, takeUnderWay } from './storage-calls.ts'
import { cancelUnreadBodies } from './unread-bodies.ts'

// Captured: tests replace timers.
const nativeSetTimeout = globalThis.setTimeout
const nativeClearTimeout = globalThis.clearTimeout

/** How long background work may take before it is given up. */
const LIMIT_MS = 30_000

/** How long a call to storage may take that nobody waits for. Then it is cut off, quietly. */
const CALL_LIMIT_MS = 1000

/** How long a handler may take that nobody waits for. One that was cut off never ends, and cannot be told apart. */
const HANDLER_LIMIT_MS = 100

/** How long background work may take before bodies that nobody has begun to read are cancelled. */
const BODY_LIMIT_MS = 100

/** How often what has ended may have begun something else. A loop that never ends is not waited for. */
const ROUNDS_MAX = 10

interface Work {
  /** The event that it was left by; a test's own contexts have none. */
  owner: object | undefined
  /** In words, if it is no `ctx.waitUntil`. */
  what?: string
  /** Called when it is no longer waited for. */
  giveUp?: () => void
}

/** Work under way. */
const background = new Map<Promise<unknown>, Work>()
const events = new WeakMap<object, EventContext>()

/** Remembers work of the current test. */
export function track(promise: unknown, owner?: object, more?: Pick<Work, 'what' | 'giveUp'>): void {
  const settled: Promise<unknown> = Promise.resolve(promise).then(
    () => background.delete(settled),
    () => background.delete(settled),
  )
  background.set(settled, { owner, ...more })
}

/** The runtime cut off what events had left behind: it never settles. */
export function forgetBackground(isOf: (event: object) => boolean): void {
  for (const [promise, { owner }] of background) if (owner && isOf(owner)) background.delete(promise)
}

/** The same, and calls to storage with it. */
export function forgetWork(isOf: (event: object) => boolean): void {
  forgetBackground(isOf)
  forgetCalls(isOf)
}

/** Contexts of Durable Objects. */
const objectEvents = new WeakSet<object>()

/** Makes the context of a Durable Object known to {@link forgetObjects}. */
export function trackObject(ctx: DurableObjectState): EventContext {
  const event = trackContext(ctx)
  objectEvents.add(event)
  return event
}

/** All Durable Objects were reset at once. */
export function forgetObjects(): void {
  forgetWork((event) => objectEvents.has(event))
}

/** Makes `ctx.waitUntil` known to {@link track}. What it returns keeps the event going without that. */
export function trackContext(ctx: { waitUntil(promise: Promise<unknown>): void }): EventContext {
  const known = events.get(ctx)
  if (known) return known
  const waitUntil = ctx.waitUntil.bind(ctx)
  const event = { waitUntil }
  events.set(ctx, event)
  replaceMethod(ctx, 'waitUntil', (promise: Promise<unknown>) => {
    trackWaitUntil(promise, 'ctx.waitUntil()', event)
    waitUntil(promise)
  })
  return event
}

/** Remembers what was passed to a `waitUntil`, and prints its rejection: the event has answered. */
export function trackWaitUntil(promise: unknown, waitUntil: string, event?: EventContext): void {
  track(promise, event)
  Promise.resolve(promise).catch((error: unknown) => {
    report(`A promise that was passed to ${waitUntil} was rejected:`, error)
  })
}

/**
 * Waits until no background work is left, 30 s at most, and for calls and handlers that nobody awaits. What
 * has ended may have begun something else, so it looks again after a turn of the event loop.
 */
export async function drain(where: string): Promise<void> {
  if (background.size === 0 && !isCalling()) return
  let isOver = false
  let timer: unknown
  const over = new Promise<void>((resolve) => {
    timer = nativeSetTimeout(() => {
      isOver = true
      resolve()
    }, LIMIT_MS)
  })
  for (let round = 0; round < ROUNDS_MAX && !isOver; round++) {
    if (background.size === 0 && !isCalling()) break
    const taken = takeUnderWay()
    // It may wait for a body that nobody reads.
    if (!(await settlesInTime([...background.keys()], BODY_LIMIT_MS))) cancelUnreadBodies()
    while (background.size > 0 && !isOver) await Promise.race([Promise.all(background.keys()), over])
    await waitOrAbandon(taken, 'call', CALL_LIMIT_MS)
    await waitOrAbandon(taken, 'handler', HANDLER_LIMIT_MS)
    await new Promise((resolve) => nativeSetTimeout(resolve, 0))
  }
  nativeClearTimeout(timer as number)
  if (isOver) giveUp(where)
}

async function waitOrAbandon(taken: UnderWay[], kind: UnderWay['kind'], limit_ms: number): Promise<void> {
  const some = taken.filter((each) => each.kind === kind)
  const settled = some.map((each) => each.settled)
  if (some.length === 0 || (await settlesInTime(settled, limit_ms))) return
  for (const each of some) each.abandon()
}

/** What is still under way is no longer waited for. */
function giveUp(where: string): void {
  const late = [...background.values()]
  background.clear()
  for (const work of late) work.giveUp?.()
  const named = late.flatMap(({ what }) => what ?? [])
  for (const what of named) console.warn(overdue(what, where))
  if (late.length > named.length) console.warn(abandoned(late.length - named.length, where))
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

function overdue(what: string, where: string): string {
  return (
    `[vitest-pool-workerd] ${what} did not finish within 30s${where}. It is no longer waited for, but may go on.\n` +
    '  help: have the handler settle, or replace it in this test: vi.spyOn(worker, "queue")'
  )
}

/** What a user reads when background work does not end. */
export function abandoned(count: number, where: string): string {
  return (
    `[vitest-pool-workerd] ${count} waitUntil promise(s) did not resolve within 30s and will be abandoned${where}. ` +
    "This normally means your Worker's waitUntil handler has a bug that prevents it from settling " +
    '(e.g. a fetch that never completes or a missing resolve/reject call).'
  )
}
