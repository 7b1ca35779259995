/**
 * `Function` for Vitest's own modules, which make functions from strings to read snapshot files. User
 * code keeps the global, which refuses as it does in production.
 */
import { claim } from '../runner/privileged.ts'

const unsafeEval = claim('function')

const FunctionOfRunner = new Proxy(globalThis.Function, {
  apply: (_target, _self, args: unknown[]) => make(args),
  construct: (_target, args: unknown[]) => make(args),
})

function make(args: unknown[]): (...args: unknown[]) => unknown {
  const parameters = args.map(String)
  const body = parameters.pop() ?? ''
  return unsafeEval.newFunction(body, 'anonymous', ...parameters)
}

export { FunctionOfRunner as Function }
