/**
 * Properties of user classes as RPC sees them: methods and getters of the prototype, nothing else.
 */

import { countCall } from './storage-calls.ts'
import { noteFailedProbe } from './unobserved-rejections.ts'

/** Names that RPC never looks up on a user's class: events, what promises have, and our own. */
const RESERVED: ReadonlySet<string> = new Set(
  [
    // Events of entrypoints and of Durable Objects; the runtime refuses either kind's on both.
    'fetch scheduled queue tail tailStream trace email test connect',
    'alarm webSocketMessage webSocketClose webSocketError',
    'then catch finally constructor ctx env self',
  ].flatMap((names) => names.split(' ')),
)

/** How one kind of class words its refusals. */
interface RpcRules {
  /** Whether an own property of the instance that hides the prototype's is refused. */
  refusesOwnProperty(instance: object, key: string): boolean
}

/**
 * An instance whose unknown properties are looked up on a user instance that may still be loading.
 *
 * workerd asks for a property before it knows whether the client will call or read it. So the answer
 * is both: a function, and a promise for the property's value.
 */
export function rpcInstance<Wrapper extends object>(
  wrapper: Wrapper,
  rules: RpcRules,
  withInstance: <T>(use: (instance: object) => T) => Promise<Awaited<T>>,
): Wrapper {
  return new Proxy(wrapper, {
    get(target, key, receiver) {
      const own: unknown = Reflect.get(target, key, receiver)
      if (own !== undefined || typeof key === 'symbol' || RESERVED.has(key)) return own
      const failed = (error: unknown): never => {
        noteFailedProbe(key, error)
        throw error
      }
      return callableProperty(
        (args) => countCall(() => withInstance((instance) => call(instance, key, args, rules))).catch(failed),
        () => countCall(() => withInstance((instance) => read(instance, key, rules))).catch(failed),
      )
    },
  })
}

function callableProperty(
  call: (args: unknown[]) => Promise<unknown>,
  read: () => Promise<unknown>,
): (...args: unknown[]) => Promise<unknown> {
  const property = (...args: unknown[]): Promise<unknown> => call(args)
  const then = (...handlers: Parameters<Promise<unknown>['then']>): Promise<unknown> =>
    read().then(...handlers)
  const catch_ = (handler: (reason: unknown) => unknown): Promise<unknown> => read().catch(handler)
  const finally_ = (handler: () => void): Promise<unknown> => read().finally(handler)
  // oxlint-disable-next-line unicorn/no-thenable -- being awaited is what reading a property is
  return Object.assign(property, { then, catch: catch_, finally: finally_ })
}

function call(instance: object, key: string, args: unknown[], rules: RpcRules): unknown {
  const value = read(instance, key, rules)
  if (typeof value !== 'function') throw new TypeError(`"${key}" is not a function.`)
  return (value as (...args: unknown[]) => unknown)(...args)
}

function read(instance: object, key: string, rules: RpcRules): unknown {
  const isOwn = Object.hasOwn(instance, key)
  if (!prototypeHas(instance, key)) {
    if (!isOwn) throw new TypeError(`The RPC receiver does not implement "${key}".`)
    throw new TypeError(
      `The RPC receiver's prototype does not implement "${key}", but the receiver instance does.\n` +
        'Only properties and methods defined on the prototype can be accessed over RPC.\n' +
        `Ensure properties are declared like \`get ${key}() { ... }\` instead of \`${key} = ...\`,\n` +
        `and methods are declared like \`${key}() { ... }\` instead of \`${key} = () => { ... }\`.`,
    )
  }
  if (isOwn && rules.refusesOwnProperty(instance, key)) {
    throw new TypeError(`The RPC receiver does not implement the method "${key}".`)
  }
  const value: unknown = Reflect.get(instance, key)
  return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(instance) : value
}

function prototypeHas(instance: object, key: string): boolean {
  let prototype: unknown = Object.getPrototypeOf(instance)
  while (prototype && prototype !== Object.prototype) {
    if (Object.hasOwn(prototype, key)) return true
    prototype = Object.getPrototypeOf(prototype)
  }
  return false
}
