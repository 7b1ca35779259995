/** What RPC calls return: promises of the runtime's own, with properties and calls for what they will be. */
import * as workers from 'cloudflare:workers'
import { chai } from 'vitest'

import { replaceMethod } from './replace-method.ts'

type Settle = (value: unknown) => unknown
type RpcPromise = Record<'then' | 'catch', (this: RpcPromise, ...handlers: (Settle | undefined)[]) => unknown>
type Constructor = (abstract new (...args: never[]) => PromiseLike<unknown>) & { prototype: RpcPromise }

/** Gets to see what calls were answered with, as soon as somebody does. */
type Watch = (value: unknown) => void

// Captured: tests replace methods of built-in objects.
const nativeThen = Promise.prototype.then

/** The runtime's classes of callable promises; old runtimes do not export them. */
const RPC_PROMISES = ['RpcPromise', 'RpcProperty'].flatMap((name) => {
  const found = (workers as unknown as Record<string, Constructor | undefined>)[name]
  return found ? [found] : []
})

/**
 * Makes `resolves` and `rejects` wait for what a call returned. Since such a promise can be called, Vitest
 * takes it for a function that makes a promise, calls it, and leaves the original to reject unhandled. So it
 * gets a plain promise instead.
 */
export function expectRpcPromises(): void {
  chai.use(({ Assertion }, utils) => {
    for (const name of ['resolves', 'rejects']) {
      utils.overwriteProperty(Assertion.prototype, name, (base: () => unknown) => {
        return function (this: object) {
          const value: unknown = utils.flag(this, 'object')
          if (RPC_PROMISES.some((type) => value instanceof type)) {
            const call = value as PromiseLike<unknown>
            const plain = new Promise((resolve, reject) => void call.then(resolve, reject))
            utils.flag(this, 'object', plain)
          }
          return base.call(this)
        }
      })
    }
  })
}

/** Has results, and errors that somebody handles, seen on their way. */
export function watchRpcPromises(onResult: Watch, onError: Watch): void {
  const pass: Settle = (value) => {
    onResult(value)
    return value
  }
  const rethrow: Settle = (error) => {
    onError(error)
    throw error
  }
  for (const { prototype } of RPC_PROMISES) {
    const { then } = prototype
    // A link of its own in the chain. A second branch, or handlers around those of the caller, would hide from
    // the engine who awaits, and with that the line of the test in the stack of an error.
    const watched = function (this: RpcPromise, onFulfilled?: Settle, onRejected?: Settle): unknown {
      const seen = then.call(this, pass, onRejected && rethrow)
      return nativeThen.call(seen as Promise<unknown>, onFulfilled, onRejected)
    }
    replaceMethod(prototype, 'then', watched)
    replaceMethod(prototype, 'catch', function (this: RpcPromise, onRejected?: Settle) {
      return watched.call(this, undefined, onRejected)
    })
  }
}
