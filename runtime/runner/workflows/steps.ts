/**
 * `step` of a Workflow, on the side of the engine. A step that has an outcome answers with it, so a run that
 * begins again comes to where the one before it was.
 */
import { RpcTarget } from 'cloudflare:workers'

import { asRunner } from '../io-context.ts'
import { durationMs } from './duration.ts'
import { fatalError, timeoutError } from './errors.ts'
import type { Execution, Outcome } from './execution.ts'
import type { StepRecord } from './instance.ts'
import type { StepConfig, StepContext } from './step-config.ts'
import { checkStepName, readConfig, retryDelayMs, shownConfig } from './step-config.ts'
import { now, realTime } from './time.ts'
import type { Stored } from './values.ts'
import { restore, store } from './values.ts'

// Captured: fake timers replace it, and what comes by RPC is the runtime's.
const NativeDate = Date

type Callback = (ctx: StepContext) => Promise<Outcome>

type Settled = NonNullable<StepRecord['outcome']>

const EVENT_TIMEOUT = '24 hours'

/** The answer to a run that was stopped. */
const never = (): Promise<never> => new Promise(() => {})

export class Steps extends RpcTarget {
  readonly #execution: Execution

  constructor(execution: Execution) {
    super()
    this.#execution = execution
  }

  do(name: unknown, ...rest: unknown[]): Promise<unknown> {
    const [config, callback, options] = typeof rest[0] === 'function' ? [undefined, ...rest] : rest
    return this.#step(
      'do',
      name,
      (record) => {
        if (typeof callback !== 'function')
          throw fatalError(`Step "${record.name}" requires a callback function`)
        return this.#attempts(record, readConfig(record.name, config), callback as Callback)
      },
      (record) => {
        const { name: stepName, count } = record
        const ctx = {
          step: { name: stepName, count },
          attempt: 1,
          config: shownConfig(readConfig(stepName, config)),
        }
        this.#execution.rollbacks.add(record, ctx, options)
      },
    )
  }

  sleep(name: unknown, duration: unknown): Promise<unknown> {
    return this.#step('sleep', name, (record) => {
      const ms = durationMs(duration)
      if (ms === undefined) throw fatalError(`"${String(duration)}" is no duration for step "${record.name}"`)
      return this.#sleep(record, now().getTime() + ms)
    })
  }

  sleepUntil(name: unknown, timestamp: unknown): Promise<unknown> {
    return this.#step('sleep', name, (record) => {
      const ms = Number(timestamp instanceof NativeDate ? timestamp.getTime() : timestamp)
      if (Number.isNaN(ms)) throw fatalError(`"${String(timestamp)}" is no time for step "${record.name}"`)
      if (record.until === undefined && ms < now().getTime()) {
        throw new Error("You can't sleep until a time in the past, time-traveler")
      }
      return this.#sleep(record, ms)
    })
  }

  waitForEvent(name: unknown, options: unknown): Promise<unknown> {
    return this.#step('waitForEvent', name, (record) => {
      const { type, timeout = EVENT_TIMEOUT } = (options ?? {}) as { type?: unknown; timeout?: unknown }
      const timeoutMs = durationMs(timeout)
      if (type === undefined || timeoutMs === undefined) {
        throw fatalError(`Step "${record.name}" needs the type of an event, and a duration as its timeout`)
      }
      return this.#event(record, String(type), timeoutMs)
    })
  }

  /** Answers with what is known of a step, or finds it out. */
  #step(
    kind: StepRecord['kind'],
    name: unknown,
    settle: (record: StepRecord) => Promise<Settled>,
    /** Called for finished steps as well. */
    onReach?: (record: StepRecord) => void,
  ): Promise<unknown> {
    // The runtime calls methods of targets without an async context.
    return asRunner(async () => {
      const execution = this.#execution
      if (!execution.isLive) return never()
      const stepName = String(name)
      checkStepName(stepName)
      const record = execution.reach(kind, stepName)
      onReach?.(record)
      execution.changed()
      if (!execution.isLive) return never()
      const outcome = record.outcome ?? (await settle(record))
      if (!execution.isLive) return never()
      record.outcome = outcome
      execution.changed()
      if (!execution.isLive) return never()
      if (outcome.ok) return restore(outcome.value)
      throw outcome.error
    })
  }

  async #attempts(record: StepRecord, config: StepConfig, callback: Callback): Promise<Settled> {
    const execution = this.#execution
    const { name, count } = record
    for (;;) {
      const ctx = { step: { name, count }, attempt: record.failures + 1, config: shownConfig(config) }
      const outcome = await this.#attempt(ctx, config, callback)
      if (!execution.isLive) return never()
      if (outcome.ok) return outcome
      if (outcome.isFinal || record.failures >= config.retries.limit) return outcome
      record.failures += 1
      execution.changed()
      const { retryDelays } = execution.setting.mocks
      if (retryDelays.has({ name, index: count })) continue
      const delayMs = await retryDelayMs(config, ctx, outcome.error)
      if (execution.isLive) await execution.wait(realTime(now().getTime() + delayMs))
    }
  }

  async #attempt(
    ctx: StepContext,
    config: StepConfig,
    callback: Callback,
  ): Promise<Settled & { isFinal?: boolean }> {
    const execution = this.#execution
    const { name, count } = ctx.step
    const timeoutMs = durationMs(config.timeout)!
    const mock = execution.setting.mocks.find({ name, index: count }, ctx.attempt)
    if (mock?.kind === 'error') return { ok: false, error: mock.error }
    if (mock?.kind === 'timeout') return { ok: false, error: timeoutError(timeoutMs) }
    if (mock) return { ok: true, value: mock.value }

    const outcome = await execution.callBack(() => callback(ctx), timeoutMs)
    if (!outcome.ok) return outcome
    try {
      return { ok: true, value: await this.#store(name, outcome.value) }
    } catch (error) {
      return { ok: false, error, isFinal: true }
    }
  }

  async #store(step: string, value: unknown): Promise<Stored> {
    try {
      return await store(value)
    } catch (error) {
      if ((error as Error).name !== 'DataCloneError') throw error
      const fatal = new Error(
        `The execution of the Workflow instance was terminated, as the step "${step}" returned a value which is not serialisable`,
      )
      fatal.name = 'WorkflowFatalError'
      this.#execution.fail(fatal)
      return never()
    }
  }

  async #sleep(record: StepRecord, until: number): Promise<Settled> {
    const execution = this.#execution
    record.until ??= realTime(until)
    if (!execution.setting.mocks.sleeps.has({ name: record.name, index: record.count })) {
      await this.#waiting(execution.wait(record.until))
    }
    return { ok: true, value: { value: undefined } }
  }

  async #event(record: StepRecord, type: string, timeoutMs: number): Promise<Settled> {
    const execution = this.#execution
    const timedOut: Settled = { ok: false, error: timeoutError(timeoutMs) }
    const { eventTimeouts } = execution.setting.mocks
    if (eventTimeouts.has({ name: record.name, index: record.count })) return timedOut
    record.until ??= realTime(now().getTime() + timeoutMs)
    const { promise, resolve } = Promise.withResolvers<Settled>()
    const clear = execution.timers.at(record.until, () => {
      giveUp()
      resolve(timedOut)
    })
    const giveUp = execution.listen(type, ({ payload, timestamp }) => {
      clear()
      resolve({ ok: true, value: { value: { payload, type, timestamp } } })
    })
    return this.#waiting(promise)
  }

  async #waiting<T>(wait: Promise<T>): Promise<T> {
    const execution = this.#execution
    execution.waits += 1
    execution.setting.onChange()
    const result = await wait
    execution.waits -= 1
    return result
  }
}
