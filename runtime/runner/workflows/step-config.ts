/** What `step.do()` may be told, and what it does without. */
import { durationMs } from './duration.ts'
import { fatalError } from './errors.ts'

const BACKOFFS = ['constant', 'linear', 'exponential'] as const

const STEP_NAME_LENGTH_MAX = 256

/** What a function for the delay is called with. */
type DelayFunction = (failed: { ctx: StepContext; error: unknown }) => Promise<unknown>

/** With all defaults. */
export interface StepConfig {
  retries: {
    /** Attempts after the first one; may be infinite. */
    limit: number
    delay: number | string | DelayFunction
    backoff: (typeof BACKOFFS)[number]
  }
  /** For each attempt. */
  timeout: number | string
}

/** What a step's callback is called with. */
export interface StepContext {
  step: { name: string; count: number }
  attempt: number
  config: object
}

const DEFAULTS: StepConfig = {
  retries: { limit: 5, delay: 10_000, backoff: 'exponential' },
  timeout: '10 minutes',
}

/** Reads what a Workflow passes to a step. Throws what the product throws. */
export function readConfig(step: string, written: unknown): StepConfig {
  if (written === undefined || written === null) return DEFAULTS
  const invalid = (): Error =>
    fatalError(
      `Step config for "${step}" is in a invalid format. See https://developers.cloudflare.com/workflows/build/sleeping-and-retrying/`,
    )
  if (!hasOnly(written, ['retries', 'timeout', 'sensitive'])) throw invalid()
  const { retries, timeout = DEFAULTS.timeout } = written
  if (!((durationMs(timeout) ?? 0) > 0)) throw invalid()
  if (retries === undefined) return { ...DEFAULTS, timeout: timeout as string }
  if (!hasOnly(retries, ['limit', 'delay', 'backoff'])) throw invalid()
  const { limit, delay, backoff = DEFAULTS.retries.backoff } = retries
  if (typeof limit !== 'number' || !(limit >= 0)) throw invalid()
  if (typeof delay !== 'function' && !((durationMs(delay) ?? -1) >= 0)) throw invalid()
  if (!BACKOFFS.includes(backoff as 'linear')) throw invalid()
  return { retries: { limit, delay, backoff } as StepConfig['retries'], timeout: timeout as string }
}

function hasOnly(value: unknown, keys: readonly string[]): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).every((key) => keys.includes(key))
}

/** What a callback sees of its step's configuration: no functions. */
export function shownConfig({ retries, timeout }: StepConfig): object {
  const { limit, delay, backoff } = retries
  return { retries: { limit, ...(typeof delay !== 'function' && { delay }), backoff }, timeout }
}

/** How long to wait after an attempt that failed, in milliseconds. */
export async function retryDelayMs(config: StepConfig, ctx: StepContext, error: unknown): Promise<number> {
  const { delay, backoff } = config.retries
  if (typeof delay === 'function') return durationMs(await delay({ ctx, error })) ?? 0
  const first = durationMs(delay) ?? 0
  if (backoff === 'constant') return first
  return backoff === 'linear' ? first * ctx.attempt : first * 2 ** (ctx.attempt - 1)
}

/** Refuses names that the product refuses. */
export function checkStepName(name: string): void {
  // oxlint-disable-next-line no-control-regex -- these are what the product refuses
  if (name.length <= STEP_NAME_LENGTH_MAX && !/[\u0000-\u001f\u007f]/.test(name)) return
  throw fatalError(
    `Step name "${name}" exceeds max length (${STEP_NAME_LENGTH_MAX} chars) or invalid characters found`,
  )
}
