/**
 * Stubs of Durable Objects that survive the end of a frame. A frame ends with a reset of all objects, which
 * breaks every stub that was used. So what user code gets is a stub that is never used itself: its
 * prototype passes everything on to another one, which is made anew after a reset.
 *
 * It is a stub all the same, and not a proxy: it can be an argument or a result of RPC.
 */
import { replaceMethod } from '../replace-method.ts'
import { objectUsed } from './activity.ts'

interface Renewable {
  /** The one that is used. */
  stub: object
  /** Of the objects, when it was made. */
  generation: number
  renew: () => object
}

const renewables = new WeakMap<object, Renewable>()
let generation = 0

/** All stubs are broken: from now on the next ones are used. */
export function renewStubs(): void {
  generation += 1
}

/** Methods of namespaces that make stubs. Asking for an object by its id or name asks nobody else. */
const MAKERS = ['get', 'getByName'] as const

type Maker = (this: unknown, ...args: unknown[]) => object

/** Has namespaces make such stubs. Once, before user code can hold a method. */
export function makeStubsRenewable(namespaces: Iterable<DurableObjectNamespace>): void {
  const [namespace] = namespaces
  if (!namespace) return
  const prototype = Object.getPrototypeOf(namespace) as Record<string, Maker | undefined>
  for (const name of MAKERS) {
    const make = prototype[name]
    // Older Workers know their objects by id alone.
    if (!make) continue
    replaceMethod(prototype, name, function (this: unknown, ...args: unknown[]): object {
      const renew = (): object => make.apply(this, args)
      const stub = renew()
      renewables.set(stub, { stub: renew(), generation, renew })
      return Object.setPrototypeOf(stub, renewing(Object.getPrototypeOf(stub) as object)) as object
    })
  }
}

let renewingPrototype: object | undefined

/** The prototype of all renewable stubs, in front of that of the runtime's. */
function renewing(prototype: object): object {
  return (renewingPrototype ??= new Proxy(prototype, {
    get(target, key, receiver: object) {
      const renewable = renewables.get(receiver)
      if (!renewable) return Reflect.get(target, key, receiver)
      if (renewable.generation !== generation) {
        renewable.stub = renewable.renew()
        renewable.generation = generation
      }
      const value: unknown = Reflect.get(renewable.stub, key)
      if (typeof key === 'symbol' || IDENTITY.has(key)) return value
      objectUsed()
      // Methods of the prototype insist on their receiver. What else is a function is a remote one.
      return key in target ? (value as (...args: unknown[]) => unknown).bind(renewable.stub) : value
    },
  }))
}

/** What a stub knows without asking its object. */
const IDENTITY: ReadonlySet<string> = new Set(['id', 'name', 'constructor'])
