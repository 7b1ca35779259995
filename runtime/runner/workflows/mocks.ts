/** What tests have changed about instances: their steps, sleeps and events. */
import type { Stored } from './values.ts'

/** Which step is meant: the first of this name, unless it says otherwise. */
export interface StepSelector {
  name: string
  index?: number
}

/** What an attempt of a step does instead of calling the Workflow's code. */
export type Mock = { kind: 'error'; error: unknown } | { kind: 'timeout' } | { kind: 'result'; value: Stored }

interface StepMocks {
  /** Failures of the first attempts, in the order in which the test asked for them. */
  failures: { mock: Mock; times: number }[]
  result?: Mock
}

const keyOf = ({ name, index = 1 }: StepSelector): string => `${index} ${name}`

/** All steps, or those that are named. */
class Selection {
  #all = false
  readonly #steps = new Set<string>()

  add(steps: readonly StepSelector[] | undefined): void {
    if (!steps) this.#all = true
    for (const step of steps ?? []) this.#steps.add(keyOf(step))
  }

  has(step: StepSelector): boolean {
    return this.#all || this.#steps.has(keyOf(step))
  }

  copy(): Selection {
    const copy = new Selection()
    copy.#all = this.#all
    for (const step of this.#steps) copy.#steps.add(step)
    return copy
  }
}

/** The changes to one instance, or to all that are created in a session. */
export class Mocks {
  sleeps = new Selection()
  retryDelays = new Selection()
  eventTimeouts = new Selection()
  readonly events: { type: string; payload: unknown }[] = []
  readonly #steps = new Map<string, StepMocks>()

  copy(): Mocks {
    const copy = new Mocks()
    copy.sleeps = this.sleeps.copy()
    copy.retryDelays = this.retryDelays.copy()
    copy.eventTimeouts = this.eventTimeouts.copy()
    copy.events.push(...this.events)
    for (const [key, { failures, result }] of this.#steps) {
      copy.#steps.set(key, { failures: [...failures], ...(result && { result }) })
    }
    return copy
  }

  addResult(step: StepSelector, value: Stored): void {
    const mocks = this.#of(step)
    if (mocks.result) throw refused(`Trying to mock step '${step.name}' multiple times!`)
    mocks.result = { kind: 'result', value }
  }

  addError(step: StepSelector, error: unknown, times: number): void {
    const mocks = this.#of(step)
    if (mocks.result) {
      throw refused(`Trying to mock error on step '${step.name}' after mocking its result!`)
    }
    mocks.failures.push({ mock: { kind: 'error', error }, times })
  }

  addTimeout(step: StepSelector, times: number): void {
    const mocks = this.#of(step)
    if (mocks.result) {
      throw refused(`Trying to force timeout on step '${step.name}' after mocking its result!`)
    }
    mocks.failures.push({ mock: { kind: 'timeout' }, times })
  }

  /** What this attempt does, from 1. It depends on nothing else, so a restart begins from the first again. */
  find(step: StepSelector, attempt: number): Mock | undefined {
    const mocks = this.#steps.get(keyOf(step))
    let last = 0
    for (const { mock, times } of mocks?.failures ?? []) {
      last += times
      if (attempt <= last) return mock
    }
    return mocks?.result
  }

  #of(step: StepSelector): StepMocks {
    const key = keyOf(step)
    const mocks = this.#steps.get(key) ?? { failures: [] }
    this.#steps.set(key, mocks)
    return mocks
  }
}

function refused(message: string): Error {
  return new Error(`[WorkflowIntrospector] ${message}`)
}
