/**
 * Handlers that undo steps when an instance fails, the last step first. They are functions of the run, and are
 * gone with it: an instance that was paused has them again when it comes by its steps.
 */
import { durationMs } from './duration.ts'
import { fatalError } from './errors.ts'
import type { Execution, Outcome } from './execution.ts'
import type { StepRecord } from './instance.ts'
import type { StepConfig, StepContext } from './step-config.ts'
import { readConfig, retryDelayMs } from './step-config.ts'
import { now, realTime } from './time.ts'
import { restore } from './values.ts'

interface Handler extends Disposable {
  (input: { ctx: StepContext; error: unknown; output: unknown; stepName: string }): Promise<Outcome>
}

interface Rollback {
  record: StepRecord
  /** What the step's own callback is told. */
  ctx: StepContext
  handler: Handler
  config: StepConfig
}

export class Rollbacks {
  readonly #execution: Execution
  readonly #rollbacks: Rollback[] = []

  constructor(execution: Execution) {
    this.#execution = execution
  }

  /** Reads what a step is given besides its callback, if anything. */
  add(record: StepRecord, ctx: StepContext, options: unknown): void {
    if (options === undefined || options === null) return
    const { rollback, rollbackConfig } = options as { rollback?: unknown; rollbackConfig?: unknown }
    if (typeof rollback !== 'function') throw fatalError(`Step "${record.name}" requires a rollback function`)
    const config = readConfig(record.name, rollbackConfig)
    // The step's call ends, and with it what it was given.
    const { dup } = rollback as unknown as { dup(): Handler }
    this.#rollbacks.push({ record, ctx, handler: dup.call(rollback), config })
  }

  /** Undoes all steps that were begun, until a handler fails for good. */
  async run(error: unknown): Promise<void> {
    for (const rollback of this.#rollbacks.toReversed()) {
      if (!(await this.#undo(rollback, error))) return
    }
  }

  /** Lets go of the handlers, which keep the event going. */
  dispose(): void {
    for (const { handler } of this.#rollbacks.splice(0)) handler[Symbol.dispose]()
  }

  async #undo({ record, ctx, handler, config }: Rollback, error: unknown): Promise<boolean> {
    const execution = this.#execution
    const { name, count, outcome } = record
    const input = {
      ctx: { ...ctx, attempt: record.failures + 1 },
      error,
      output: outcome?.ok ? restore(outcome.value) : undefined,
      stepName: `${name}-${count}`,
    }
    for (let attempt = 1; execution.isLive; attempt++) {
      const undone = await execution.callBack(() => handler(input), durationMs(config.timeout)!)
      if (undone.ok) return true
      if (undone.isFinal || attempt > config.retries.limit) return false
      if (execution.setting.mocks.retryDelays.has({ name, index: count })) continue
      const delayMs = await retryDelayMs(config, { ...input.ctx, attempt }, undone.error)
      if (execution.isLive) await execution.wait(realTime(now().getTime() + delayMs))
    }
    return false
  }
}
