/**
 * Time as Workflows see it. What they read is the time of the test, which may be fake; what they wait for is
 * real, because nobody promises that a test moves its timers. Tests skip waits with `disableSleeps()`.
 */

// Captured: fake timers replace them.
const NativeDate = Date
const nativeSetTimeout = globalThis.setTimeout
const nativeClearTimeout = globalThis.clearTimeout

/** The longest time that a timer can be set to. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** The test's time. */
export function now(): Date {
  return new NativeDate(globalThis.Date.now())
}

/** When something is due in real time that is due at `ms` of the test's. */
export function realTime(ms: number): number {
  return NativeDate.now() + (ms - now().getTime())
}

/** Waits that can be given up together, and then never end. */
export class Timers {
  readonly #timers = new Set<unknown>()

  /** Calls back at this point of real time, unless the function that it returns is called before. */
  at(until: number, due: () => void): () => void {
    let timer: unknown
    const wait = (): void => {
      const left = until - NativeDate.now()
      timer = nativeSetTimeout(
        () => {
          this.#timers.delete(timer)
          if (until > NativeDate.now()) wait()
          else due()
        },
        Math.min(Math.max(left, 0), TIMER_MS_MAX),
      )
      this.#timers.add(timer)
    }
    wait()
    return () => {
      nativeClearTimeout(timer as number)
      this.#timers.delete(timer)
    }
  }

  clear(): void {
    for (const timer of this.#timers) nativeClearTimeout(timer as number)
    this.#timers.clear()
  }
}
