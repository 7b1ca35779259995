/** What RPC calls return: promises of the runtime's own, with properties and calls for what they will be. */
import * as workers from 'cloudflare:workers'
import { chai } from 'vitest'

type Settle = (value: unknown) => unknown
type RpcPromise = Record<'then' | 'catch', (...handlers: (Settle | undefined)[]) => unknown>
type Constructor = (abstract new (...args: never[]) => PromiseLike<unknown>) & { prototype: RpcPromise }

/** Gets to see what calls were answered with, as soon as somebody does. */
type Watch = (value: unknown) => void

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
  for (const { prototype } of RPC_PROMISES) {
    watchHandlers(prototype, 'then', [onResult, onError])
    watchHandlers(prototype, 'catch', [onError])
  }
}

function watchHandlers(prototype: RpcPromise, name: keyof RpcPromise, watches: readonly Watch[]): void {
  const original = prototype[name]
  const watched = function (this: RpcPromise, ...handlers: (Settle | undefined)[]): unknown {
    const watching = handlers.map((handler, position) => {
      const watch = watches[position]
      if (!watch || typeof handler !== 'function') return handler
      return (value: unknown) => {
        watch(value)
        return handler(value)
      }
    })
    return original.apply(this, watching)
  }
  Object.defineProperty(watched, 'name', { value: name })
  Object.defineProperty(prototype, name, { value: watched, writable: true, configurable: true })
}
