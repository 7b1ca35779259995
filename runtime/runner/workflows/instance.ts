/**
 * What is stored of an instance. It is plain data, so that a storage frame can keep a copy; what runs is not
 * here. Values are never changed once they are stored: whoever gets one gets a clone, because it travels by RPC.
 */
import type { ErrorInfo } from './errors.ts'
import type { Stored } from './values.ts'

export type Status =
  | 'queued'
  | 'running'
  | 'paused'
  | 'errored'
  | 'terminated'
  | 'complete'
  | 'waitingForPause'

/** Statuses that only a restart ends. */
const FINAL: readonly string[] = ['complete', 'errored', 'terminated'] satisfies Status[]

export type StepKind = 'do' | 'sleep' | 'waitForEvent'

/** A step that was reached. */
export interface StepRecord {
  kind: StepKind
  name: string
  /** Which one of those of this kind with this name, from 1. */
  count: number
  /** Attempts that failed. */
  failures: number
  /** When a sleep ends, or the wait for an event, in milliseconds since the epoch. */
  until?: number
  /** What came of it, once something did. */
  outcome?: { ok: true; value: Stored } | { ok: false; error: unknown }
}

export interface UserEvent {
  type: string
  payload: unknown
  timestamp: Date
}

export interface Instance {
  id: string
  /** What it was created with. */
  params: unknown
  createdAt: Date
  status: Status
  /** By kind, name and count, in the order in which they were reached. */
  steps: Map<string, StepRecord>
  /** Events that nobody has waited for yet, oldest first. */
  events: UserEvent[]
  output?: unknown
  error?: ErrorInfo
}

export function newInstance(id: string, params: unknown, createdAt: Date): Instance {
  return { id, params, createdAt, status: 'queued', steps: new Map(), events: [] }
}

/** Forgets everything but what the instance was created with. */
export function resetInstance(instance: Instance): void {
  delete instance.output
  delete instance.error
  Object.assign(instance, newInstance(instance.id, instance.params, instance.createdAt))
}

export function copyInstance(instance: Instance): Instance {
  const steps = new Map([...instance.steps].map(([key, step]) => [key, { ...step }]))
  return { ...instance, steps, events: [...instance.events] }
}

export function stepKey(kind: StepKind, name: string, count: number): string {
  return `${kind} ${count} ${name}`
}

export function isFinal({ status }: Instance): boolean {
  return FINAL.includes(status)
}
