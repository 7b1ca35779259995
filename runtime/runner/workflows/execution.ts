/**
 * One run of an instance: a call of the Workflow's `run()` by RPC, through the runtime, so that parameters,
 * results and errors are what they are in production. The steps that it asks for are in `steps.ts`.
 *
 * Everything here happens in the runner object. A run ends by itself, or is stopped and then cut off: a run that
 * was stopped gets no more answers, and one that was cut off does nothing any more, because its event is over.
 */
import { RpcTarget } from 'cloudflare:workers'

import { asRunner } from '../io-context.ts'
import { UnderWay } from '../storage-calls.ts'
import { errorInfo, fatalError, timeoutError } from './errors.ts'
import type { Instance, StepKind, StepRecord, UserEvent } from './instance.ts'
import { stepKey } from './instance.ts'
import type { Mocks } from './mocks.ts'
import { Rollbacks } from './rollbacks.ts'
import { endRun, forgetRun, nextRun } from './runs.ts'
import { Steps } from './steps.ts'
import { now, realTime, Timers } from './time.ts'

// Captured: tests replace globals.
const nativeClone = structuredClone

/** Steps that an instance may have, if nobody says otherwise. Sleeps do not count. */
const STEPS_MAX = 10_000

/** What became of user code, as a value: a rejection would be reported as uncaught on its way. */
export type Outcome = { ok: true; value?: unknown } | { ok: false; error: unknown; isFinal?: boolean }

/** The wrapper of `workflow-entrypoints.ts`, from outside. */
export interface WorkflowStub {
  run(event: object, steps: Steps, cutOff: CutOff, run: number): Promise<Outcome>
}

/** Tells a run that it is cut off. */
export class CutOff extends RpcTarget {
  readonly #promise: Promise<void>

  constructor(promise: Promise<void>) {
    super()
    this.#promise = promise
  }

  wait(): Promise<void> {
    return this.#promise
  }
}

/** What a run needs to know. */
export interface Setting {
  name: string
  stub: WorkflowStub
  stepsMax: number | null
  instance: Instance
  mocks: Mocks
  /** The instance has changed. */
  onChange: () => void
}

export class Execution {
  readonly setting: Setting
  readonly timers = new Timers()
  readonly rollbacks = new Rollbacks(this)
  /** Callbacks of steps that are running. */
  readonly callbacks = new Set<UnderWay>()
  /** Sleeps and waits for events that are not over. */
  waits = 0
  isLive = true
  readonly #run = nextRun()
  readonly #reached = new Map<string, number>()
  readonly #cutOff = Promise.withResolvers<void>()
  readonly #listeners: { type: string; receive: (event: UserEvent) => void }[] = []

  constructor(setting: Setting) {
    this.setting = setting
    void asRunner(() => this.#call())
  }

  get instance(): Instance {
    return this.setting.instance
  }

  async #call(): Promise<void> {
    const { name, stub, instance } = this.setting
    const { id, params, createdAt } = instance
    const event = { payload: params, timestamp: createdAt, instanceId: id, workflowName: name }
    let outcome: Outcome
    try {
      outcome = await stub.run(event, new Steps(this), new CutOff(this.#cutOff.promise), this.#run)
      // What cannot be stored is a mistake of the Workflow's.
      if (outcome.ok) outcome = { ok: true, value: nativeClone(outcome.value) }
    } catch (error) {
      outcome = { ok: false, error }
    }
    if (!outcome.ok && this.isLive) await this.rollbacks.run(outcome.error)
    if (this.isLive) this.#end(outcome)
  }

  #end(outcome: Outcome): void {
    this.#silence()
    if (outcome.ok) Object.assign(this.instance, { status: 'complete', output: outcome.value })
    else Object.assign(this.instance, { status: 'errored', error: errorInfo(outcome.error) })
    this.setting.onChange()
  }

  /** Ends the instance with an error that its code cannot catch. */
  fail(error: unknown): void {
    if (!this.isLive) return
    this.cutOff()
    this.#end({ ok: false, error })
  }

  /** Nothing begins any more, and nothing is answered. */
  #silence(): void {
    this.isLive = false
    for (const callback of this.callbacks) callback.done()
    this.timers.clear()
    this.rollbacks.dispose()
    this.#listeners.length = 0
  }

  /** From now on nothing begins, nothing is answered, and nothing is stored. Calls under way come to an end. */
  stop(): void {
    this.#silence()
    // Also if `run()` has returned: what it did not wait for may go on.
    endRun(this.#run)
  }

  /** Ends the event that runs, with everything that it has under way. */
  cutOff(): void {
    this.stop()
    this.#cutOff.resolve()
    forgetRun(this.#run)
  }

  /** The record of the next step of this name. Replays find those that are there. */
  reach(kind: StepKind, name: string): StepRecord {
    const { steps } = this.instance
    const nameKey = `${kind} ${name}`
    const count = (this.#reached.get(nameKey) ?? 0) + 1
    this.#reached.set(nameKey, count)
    const key = stepKey(kind, name, count)
    const known = steps.get(key)
    if (known) return known
    const max = this.setting.stepsMax ?? STEPS_MAX
    // Most instances have fewer steps than that, whatever their kinds.
    if (kind !== 'sleep' && steps.size >= max && countedSteps(steps) >= max) {
      throw fatalError(
        `The limit of ${max} steps has been reached. This limit can be changed in your worker configuration.`,
      )
    }
    const record: StepRecord = { kind, name, count, failures: 0 }
    steps.set(key, record)
    return record
  }

  /** Notes that something has happened, and pauses if that was waited for. */
  changed(): void {
    if (this.isLive && this.instance.status === 'waitingForPause' && this.callbacks.size === 0) {
      this.cutOff()
      this.instance.status = 'paused'
    }
    this.setting.onChange()
  }

  /** Runs a function of the Workflow's, for so long. */
  async callBack(call: () => Promise<Outcome>, timeoutMs: number): Promise<Outcome> {
    // A frame that ends waits for it, a little.
    const running = new UnderWay('handler')
    this.callbacks.add(running)
    const timeout = Promise.withResolvers<Outcome>()
    const clear = this.timers.at(realTime(now().getTime() + timeoutMs), () => {
      timeout.resolve({ ok: false, error: timeoutError(timeoutMs) })
    })
    const result = call().then(
      (outcome) => outcome,
      // It is the result that cannot travel: another attempt would not change that.
      (error: unknown): Outcome => ({ ok: false, error, isFinal: true }),
    )
    try {
      return await Promise.race([result, timeout.promise])
    } finally {
      clear()
      this.callbacks.delete(running)
      running.done()
    }
  }

  /** Waits for a point of real time. */
  wait(until: number): Promise<void> {
    return new Promise((resolve) => void this.timers.at(until, resolve))
  }

  /** Has the next event of a type, or the first that is there already; returns what gives that up. */
  listen(type: string, receive: (event: UserEvent) => void): () => void {
    const listener = { type, receive }
    this.#listeners.push(listener)
    this.deliver()
    return () => {
      const index = this.#listeners.indexOf(listener)
      if (index >= 0) this.#listeners.splice(index, 1)
    }
  }

  /** Hands over events that somebody waits for. */
  deliver(): void {
    const { events } = this.instance
    for (const listener of this.#listeners.slice()) {
      const index = events.findIndex(({ type }) => type === listener.type)
      if (index < 0) continue
      this.#listeners.splice(this.#listeners.indexOf(listener), 1)
      listener.receive(events.splice(index, 1)[0]!)
    }
  }
}

function countedSteps(steps: Instance['steps']): number {
  return [...steps.values()].filter(({ kind }) => kind !== 'sleep').length
}
