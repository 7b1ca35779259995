/**
 * `expect(stub.method()).resolves` and `.rejects`. What an RPC call returns is a promise that can be
 * called, since its result may be a function; Vitest takes it for a function that makes a promise, calls
 * it, and leaves the original to reject unhandled. So it gets a plain promise instead.
 */
import * as workers from 'cloudflare:workers'
import { chai } from 'vitest'

type Constructor = abstract new (...args: never[]) => PromiseLike<unknown>

/** The runtime's classes of callable promises; old runtimes do not export them. */
const RPC_PROMISES = ['RpcPromise', 'RpcProperty'].flatMap((name) => {
  const found = (workers as unknown as Record<string, Constructor | undefined>)[name]
  return found ? [found] : []
})

/** Makes `resolves` and `rejects` wait for what a call returned. */
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
