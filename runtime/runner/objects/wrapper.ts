/**
 * Wrappers around the Durable Object classes of `main`. The user's instance is made by the first event,
 * and lives as long as its wrapper.
 */
import { DurableObject, env } from 'cloudflare:workers'

import { hideOurExports } from '../exports.ts'
import { facts } from '../facts.ts'
import type { EventContext } from '../io-context.ts'
import { inEvent } from '../io-context.ts'
import { rememberingErrors } from '../remote-errors.ts'
import { replaceMethod } from '../replace-method.ts'
import { report } from '../report.ts'
import { rpcInstance } from '../rpc-target.ts'
import { loadMain } from '../user-module.ts'
import { forgetWork, trackObject } from '../wait-until.ts'
import type { Access } from './access.ts'
import { takeAccess } from './access.ts'
import { objectUsed } from './activity.ts'
import { alarmChanged, watchAlarm } from './alarms.ts'

/** Events that must have a handler, and those that are ignored without one. */
const REQUIRED_EVENTS = ['fetch', 'alarm'] as const
const OPTIONAL_EVENTS = ['webSocketMessage', 'webSocketClose', 'webSocketError'] as const

type Handler = (...args: unknown[]) => unknown
type UserClass = new (ctx: DurableObjectState, env: unknown) => object

/** Makes the class that workerd sees under a name. */
export function durableObject(name: string): typeof DurableObject {
  class Wrapper extends DurableObject {
    constructor(ctx: DurableObjectState, bindings: unknown) {
      super(ctx, bindings as never)
      objectUsed()
      watchAlarm(name, ctx)
      hideOurExports(ctx)
      const user = new UserInstance(name, ctx)
      const refusesOwnProperty = (_: object, key: string): boolean => user.madeByClass.has(key)
      const proxy = rpcInstance(this, { refusesOwnProperty }, (use) =>
        user.use((instance) => {
          if (instance instanceof DurableObject) return use(instance)
          throw new TypeError(
            `Expected ${name} exported by ${facts.main} be a subclass of \`DurableObject\` for RPC`,
          )
        }),
      )
      instances.set(proxy, user)
      return proxy
    }
  }
  for (const event of [...REQUIRED_EVENTS, ...OPTIONAL_EVENTS]) {
    Object.defineProperty(Wrapper.prototype, event, {
      value: function (this: object, ...args: unknown[]) {
        const user = instances.get(this)
        const access = event === 'fetch' ? takeAccess(args[0] as Request) : undefined
        if (access) return user?.access(access)
        if (event === 'alarm') user?.rings()
        const done = user?.use((instance) => dispatch(instance, name, event, args))
        // A request has a caller who hears of it; of the others nobody does.
        if (event !== 'fetch') done?.catch((error: unknown) => report(`${event}() of ${name} failed:`, error))
        return done
      },
    })
  }
  return Wrapper as typeof DurableObject
}

/** By what workerd calls events on. */
const instances = new WeakMap<object, UserInstance>()

function dispatch(instance: object, name: string, event: string, args: unknown[]): unknown {
  const handler = (instance as Record<string, unknown>)[event]
  if (typeof handler === 'function') return (handler as Handler).apply(instance, args)
  if ((OPTIONAL_EVENTS as readonly string[]).includes(event)) return undefined
  throw new TypeError(`${name} exported by ${facts.main} does not define a \`${event}()\` method`)
}

/** The user's object behind one wrapper. */
class UserInstance {
  readonly #name: string
  readonly #ctx: DurableObjectState
  readonly #event: EventContext
  #class: UserClass | undefined
  #instance: object | undefined
  #isConstructing = false
  /**
   * Names of the own properties that the instance had once it was constructed. Such a one is refused over RPC,
   * as in production. One that appears later is a spy or a fake of a test's, which has to take effect.
   */
  readonly madeByClass = new Set<string>()
  /** A `blockConcurrencyWhile` that the user's constructor began. */
  #constructing: Promise<unknown> | undefined

  constructor(name: string, ctx: DurableObjectState) {
    this.#name = name
    this.#ctx = ctx
    this.#event = trackObject(ctx)
    this.#expectResets()
  }

  /** A reset cuts off what the object has under way; waiting for that would take for ever. */
  #expectResets(): void {
    const ctx = this.#ctx
    const cutOff = (): void => forgetWork((each) => each === this.#event)
    const abort = ctx.abort?.bind(ctx)
    const blockConcurrencyWhile = ctx.blockConcurrencyWhile.bind(ctx)
    replaceMethod(ctx, 'abort', (reason?: string) => {
      cutOff()
      abort(reason)
    })
    replaceMethod(ctx, 'blockConcurrencyWhile', <T>(callback: () => Promise<T>) => {
      const blocked = blockConcurrencyWhile(async () => {
        try {
          return await callback()
        } catch (error) {
          cutOff()
          throw error
        }
      })
      if (this.#isConstructing) this.#waitFor(blocked)
      return blocked
    })
  }

  /** Its alarm is gone by the time that its handler runs. */
  rings(): void {
    alarmChanged(this.#name, this.#ctx.id)
  }

  /** Runs code with the instance, on behalf of an event. */
  async use<T>(use: (instance: object) => T): Promise<Awaited<T>> {
    const run = async (): Promise<Awaited<T>> => {
      const main = loadMain('Durable Object bindings')
      const exports = main instanceof Promise ? await main : main
      const current = exports[this.#name]
      if (typeof current !== 'function') {
        throw new TypeError(`${facts.main} does not export a ${this.#name} Durable Object`)
      }
      if (this.#class && this.#class !== current) await this.#invalidate()
      this.#class = current as UserClass
      const instance = (this.#instance ??= this.#construct(this.#class))
      if (this.#constructing) await this.#constructing
      return await use(instance)
    }
    return inEvent(this.#event, () => rememberingErrors(run))
  }

  /** Lets code of ours or of a test in. */
  async access({ needsInstance, run }: Access): Promise<Response> {
    if (needsInstance) return this.use((instance) => run(this.#ctx, instance))
    return inEvent(this.#event, () => run(this.#ctx))
  }

  #construct(user: UserClass): object {
    objectUsed()
    this.#isConstructing = true
    try {
      const instance = new user(this.#ctx, env)
      this.#rememberOwnProperties(instance)
      if (this.#constructing) {
        this.#waitFor(this.#constructing.then(() => this.#rememberOwnProperties(instance)))
      }
      return instance
    } finally {
      this.#isConstructing = false
    }
  }

  #rememberOwnProperties(instance: object): void {
    for (const name of Object.getOwnPropertyNames(instance)) this.madeByClass.add(name)
  }

  #waitFor(blocked: Promise<unknown>): void {
    const before = this.#constructing
    this.#constructing = before ? Promise.all([before, blocked]) : blocked
    // Each event that waits for it gets the rejection; without any it is nobody's.
    this.#constructing.catch(() => {})
  }

  /** Resets the object, so that the next event meets an instance of the new class. */
  async #invalidate(): Promise<never> {
    const message =
      `${facts.main} changed, invalidating this Durable Object. ` +
      'Please retry the `DurableObjectStub#fetch()` call.'
    await this.#ctx.blockConcurrencyWhile(() => Promise.reject(new Error(message)))
    throw new Error(message)
  }
}
