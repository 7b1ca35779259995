/**
 * Fake timers reach storage: while a test has replaced `Date`, what is stored expires, and messages
 * become due, by the test's time.
 *
 * The host is told when `vi` moves the time, and again before a call to storage if somebody else did. Such
 * a call waits for the host to know, because the two take different ways there.
 */
import { vi } from 'vitest'

import { facts } from './facts.ts'
import { inRunnerObject } from './io-context.ts'
import { replaceMethod } from './replace-method.ts'
import { ask } from './transport.ts'

// Captured: fake timers replace them.
const NativeDate = Date
const nativeSetTimeout = globalThis.setTimeout

/** How often a clock is looked at that nobody is seen to move. */
const WATCH_MS = 50

/** What the host believes, or is being told. `null` is the real time. */
let told: number | null = null
let telling: Promise<unknown> | undefined

/** The time that a test has set, in milliseconds since the epoch; `null` if it has not. */
function fakeNow(): number | null {
  if (globalThis.Date === NativeDate) return null
  try {
    const now: unknown = globalThis.Date.now()
    return typeof now === 'number' && Number.isFinite(now) ? now : null
  } catch {
    // Tests may put anything there.
    return null
  }
}

/** Tells the host what time it is, if that has changed; `undefined` if it knows. */
export function clockReachesHost(): Promise<unknown> | undefined {
  const now = fakeNow()
  if (now === told) return telling
  told = now
  // Questions arrive in order, so the last one is enough to wait for.
  const answer = ask({ op: 'stopClock', atMs: now })
  telling = answer
  void forget(answer)
  if (now !== null && facts.consumers.length > 0) watch()
  return answer
}

/** Nobody has to wait for an answer that is there. What it says is for those who waited. */
async function forget(answer: Promise<unknown>): Promise<void> {
  await answer.catch(() => {})
  if (telling === answer) telling = undefined
}

let isWatching = false

/** Time may also move without a word: by itself, or by a `Date` that is neither ours nor that of `vi`. */
function watch(): void {
  if (isWatching) return
  isWatching = true
  const look = (): void => {
    isWatching = false
    if (told === null) return
    void clockReachesHost()
    watch()
  }
  // A timer of an event ends with it.
  void inRunnerObject(() => nativeSetTimeout(look, WATCH_MS))
}

/** Methods of `vi` that may move the time. */
const MOVES = [
  'useFakeTimers',
  'useRealTimers',
  'setSystemTime',
  'advanceTimersByTime',
  'advanceTimersByTimeAsync',
  'advanceTimersToNextTimer',
  'advanceTimersToNextTimerAsync',
  'advanceTimersToNextFrame',
  'runAllTimers',
  'runAllTimersAsync',
  'runOnlyPendingTimers',
  'runOnlyPendingTimersAsync',
] as const

type Move = (this: unknown, ...args: unknown[]) => unknown

/** Has the host follow `vi`. Once for each isolate. */
export function followFakeTimers(): void {
  const methods = vi as unknown as Record<string, Move | undefined>
  for (const name of MOVES) {
    const original = methods[name]
    if (!original) continue
    replaceMethod(methods, name, function (this: unknown, ...args: unknown[]): unknown {
      const result = original.apply(this, args)
      void clockReachesHost()
      if (result instanceof Promise) {
        return result.then((value: unknown) => {
          void clockReachesHost()
          return value
        })
      }
      return result
    })
  }
}
