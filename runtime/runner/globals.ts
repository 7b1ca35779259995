/**
 * What Vitest expects of a process, and an isolate lacks. Loaded before every other module, because
 * Vitest looks at some of it while it loads.
 */
import { installFetch } from './outbound-fetch.ts'
import { claim } from './privileged.ts'

const facts = claim('globals')

/** Vitest's fake timers call `setTimeout(NOOP, 0)` while loading, where workerd allows no timers. */
const TIMER_OF_GLOBAL_SCOPE = -0.5

const nativeSetTimeout = globalThis.setTimeout
const nativeSetInterval = globalThis.setInterval
const nativeClearTimeout = globalThis.clearTimeout
const nativeQueueMicrotask = globalThis.queueMicrotask

type Callback = (...args: unknown[]) => unknown

function report(error: unknown): void {
  // The types know only Node's own events by name.
  ;(process as unknown as { emit(event: string, error: unknown): void }).emit('uncaughtException', error)
}

// What a microtask or an event listener throws, and what is passed to `reportError()`.
;(globalThis as unknown as EventTarget).addEventListener('error', (event) => {
  event.preventDefault()
  report((event as Event & { error: unknown }).error)
})

/** workerd drops what a timer throws; Vitest wants to hear of it. */
function reporting(callback: unknown): unknown {
  if (typeof callback !== 'function') return callback
  return function (this: unknown, ...args: unknown[]): unknown {
    try {
      return (callback as Callback).apply(this, args)
    } catch (error) {
      report(error)
      return undefined
    }
  }
}

function setTimeoutOfRunner(callback: Callback, delay?: number, ...args: unknown[]): unknown {
  try {
    return nativeSetTimeout(reporting(callback) as Callback, delay, ...args)
  } catch (error) {
    if (callback?.name === 'NOOP') return TIMER_OF_GLOBAL_SCOPE
    throw error
  }
}

function setIntervalOfRunner(callback: Callback, delay?: number, ...args: unknown[]): unknown {
  return nativeSetInterval(reporting(callback) as Callback, delay, ...args)
}

function clearTimeoutOfRunner(timer?: unknown): void {
  if (timer !== TIMER_OF_GLOBAL_SCOPE) nativeClearTimeout(timer as number | null)
}

function replace(name: string, value: Callback | ((...args: never[]) => unknown)): void {
  // `setTimeout.name` and `.length` are what programs see of a function, besides calling it.
  Object.defineProperty(value, 'name', { value: name })
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true })
}

replace('setTimeout', setTimeoutOfRunner)
replace('setInterval', setIntervalOfRunner)
replace('clearTimeout', clearTimeoutOfRunner)

// Inherited by the global object here, and its own in Node. Vitest's fake timers restore what was its own.
for (const name of ['queueMicrotask', 'clearInterval', 'setImmediate', 'clearImmediate']) {
  const value: unknown = (globalThis as unknown as Record<string, unknown>)[name]
  if (!value || Object.hasOwn(globalThis, name)) continue
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true })
}

/** Vitest waits for the callback of an empty write before it reports the end of a file. */
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream) as (text: string | Uint8Array, encoding?: BufferEncoding) => boolean
  stream.write = (text: string | Uint8Array, ...rest: unknown[]): boolean => {
    const encoding = typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : undefined
    const callback = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined
    const isWritten = text.length === 0 || write(text, encoding)
    if (callback) nativeQueueMicrotask(callback)
    return isWritten
  }
}

installFetch()

process.cwd = () => facts.cwd
Object.assign(process.env, facts.env)

// MSW looks for it when it loads. There is nobody to broadcast to: one isolate is all there is.
if (!('BroadcastChannel' in globalThis)) {
  class BroadcastChannel extends EventTarget {
    readonly name: string
    constructor(name: string) {
      super()
      this.name = name
    }
    postMessage(): void {}
    close(): void {}
  }
  Object.defineProperty(globalThis, 'BroadcastChannel', {
    value: BroadcastChannel,
    writable: true,
    configurable: true,
  })
}
