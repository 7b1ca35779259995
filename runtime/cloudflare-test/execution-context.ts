/** Execution contexts for tests that call handlers themselves. */
import { contextExports } from '../runner/exports.ts'
import { abandoned, settlesInTime, track } from '../runner/wait-until.ts'

const constructing = Symbol('constructing')
/** Background work by the context that it belongs to, which may be one of Pages. */
const pending = new WeakMap<object, unknown[]>()

/** Named as the runtime names it; users see the name in messages and snapshots. */
class TestExecutionContext {
  // Only where the contexts of events have it.
  declare readonly exports: unknown

  constructor(token: unknown) {
    if (token !== constructing) throw new TypeError('Illegal constructor')
    collectsWork(this)
    const value = contextExports()
    if (value) Object.defineProperty(this, 'exports', { value, enumerable: true })
  }

  /** Anything is accepted; what is no promise is settled already. */
  waitUntil(promise: unknown): void {
    addWork(this, promise)
  }

  passThroughOnException(): void {
    if (!pending.has(this)) throw new TypeError('Illegal invocation')
  }
}
Object.defineProperty(TestExecutionContext, 'name', { value: 'ExecutionContext' })

/** From now on a context's background work can be awaited with {@link waitOnExecutionContext}. */
export function collectsWork(ctx: object): void {
  pending.set(ctx, [])
}

/** What a context's `waitUntil` does. */
export function addWork(ctx: object, promise: unknown): void {
  const list = pending.get(ctx)
  if (!list) throw new TypeError('Illegal invocation')
  list.push(promise)
  track(promise)
}

/** A context whose background work can be awaited with {@link waitOnExecutionContext}. */
export function createExecutionContext(): ExecutionContext {
  return new TestExecutionContext(constructing) as unknown as ExecutionContext
}

/** Whether this is a context that {@link createExecutionContext} made. */
export function isExecutionContext(value: unknown): value is ExecutionContext {
  return value instanceof TestExecutionContext
}

/**
 * Waits until all background work of a context is done, including what it adds meanwhile. Rejects with
 * the reason if one of it failed, and with an `AggregateError` if several did.
 */
export async function waitOnExecutionContext(ctx: ExecutionContext): Promise<void> {
  const list = pending.get(ctx)
  if (!list) {
    throw new TypeError(
      "Failed to execute 'getWaitUntil': parameter 1 is not of type 'ExecutionContext'.\n" +
        "You must call 'createExecutionContext()' or 'createPagesEventContext()' to get an 'ExecutionContext' instance.",
    )
  }
  const reasons: unknown[] = []
  while (list.length > 0) {
    const round = list.splice(0)
    let left = round.length
    const settled = round.map((promise) =>
      Promise.resolve(promise)
        .then(undefined, (reason: unknown) => void reasons.push(reason))
        .finally(() => (left -= 1)),
    )
    if (await settlesInTime(settled)) continue
    console.warn(abandoned(left, ''))
    break
  }
  if (reasons.length === 1) throw reasons[0]
  if (reasons.length > 1) throw new AggregateError(reasons)
}
