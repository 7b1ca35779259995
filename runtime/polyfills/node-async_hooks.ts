/**
 * `node:async_hooks` for Vitest's own modules. workerd's `AsyncLocalStorage` has no `disable()`, which
 * the mocker calls; and hooks of async resources do not exist.
 */
import { AsyncLocalStorage as Native, AsyncResource } from 'node:async_hooks'

export class AsyncLocalStorage<Store> extends Native<Store | undefined> {
  #isDisabled = false

  /** Until the next `run`, there is no store. */
  override disable(): void {
    this.#isDisabled = true
  }

  override getStore(): Store | undefined {
    return this.#isDisabled ? undefined : super.getStore()
  }

  override run<R>(store: Store | undefined, callback: (...args: never[]) => R, ...args: unknown[]): R {
    this.#isDisabled = false
    return super.run(store, callback as (...args: unknown[]) => R, ...args)
  }
}

/** Nothing is ever reported; leak detection is switched off before it gets here. */
export function createHook(): { enable(): void; disable(): void } {
  return { enable() {}, disable() {} }
}

export function executionAsyncId(): number {
  return 0
}

export function triggerAsyncId(): number {
  return 0
}

export { AsyncResource }
export default { AsyncLocalStorage, AsyncResource, createHook, executionAsyncId, triggerAsyncId }
