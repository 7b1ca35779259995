/**
 * What tests see of Workflows, and change about them. Call it in the runner object only.
 */
import { watch } from './changes.ts'
import type { ErrorInfo } from './errors.ts'
import type { Instance } from './instance.ts'
import { isFinal, stepKey } from './instance.ts'
import type { StepSelector } from './mocks.ts'
import { Mocks } from './mocks.ts'
import { restore } from './values.ts'
import type { Workflow } from './workflow.ts'

// Captured: tests replace globals.
const NativeReadableStream = ReadableStream
const nativeClone = structuredClone
const randomUUID = crypto.randomUUID.bind(crypto)

/** Waits until a step has a result. Rejects with its error if it failed, or if it cannot have one any more. */
export function stepResult(
  workflow: Workflow,
  id: string,
  { name, index = 1 }: StepSelector,
): Promise<unknown> {
  return watch(() => {
    const instance = workflow.find(id)
    const outcome = instance && outcomeOf(instance, name, index)
    if (outcome && !outcome.ok) throw outcome.error
    // Wrapped, because the result may be `undefined`. Nothing is cloned on its way to a test.
    if (outcome) return { value: copyOf(restore(outcome.value)) }
    if (instance && isFinal(instance)) {
      throw new Error(
        `[WorkflowIntrospector] The Workflow instance ${id} has reached status '${instance.status}' without a result of step '${name}' (index ${index}).`,
      )
    }
    return undefined
  }).then(({ value }) => value)
}

function outcomeOf({ steps }: Instance, name: string, index: number) {
  const step = steps.get(stepKey('do', name, index)) ?? steps.get(stepKey('waitForEvent', name, index))
  return step?.outcome
}

/** Waits until an instance has a status. One that waits for time or an event counts as running, too. */
export async function reachesStatus(workflow: Workflow, id: string, expected: string): Promise<void> {
  if (expected === 'queued') return
  await watch(() => {
    const instance = workflow.find(id)
    if (!instance) return undefined
    const { status, error } = workflow.status(id)
    if (status === expected || (status === 'waiting' && expected === 'running')) return true
    if (!isFinal(instance)) return undefined
    throw new Error(
      `[WorkflowIntrospector] The Workflow instance ${id} has reached status '${status}'. This is a finite status that prevents it from ever reaching the expected status of '${expected}'.`,
      { cause: error && new Error(`${error.name}: ${error.message}`) },
    )
  })
}

function copyOf(value: unknown): unknown {
  return value instanceof NativeReadableStream ? value : nativeClone(value)
}

export function outputOf(workflow: Workflow, id: string): unknown {
  const { status, output } = workflow.status(id)
  if (status === 'complete') return copyOf(output)
  throw new Error(
    `Cannot retrieve output: Workflow instance is in status "${status}" but must be "complete" to have an output available`,
  )
}

export function errorOf(workflow: Workflow, id: string): ErrorInfo {
  const { status, error } = workflow.status(id)
  if (error) return { ...error }
  throw new Error(
    `Cannot retrieve error: Workflow instance is in status "${status}" but must be "errored" to have error information available`,
  )
}

/** Begins to change all instances that are created from now on; returns the name of the session. */
export function openSession(workflow: Workflow): string {
  const { name, binding } = workflow.facts
  if (workflow.session) {
    throw new Error(
      `Workflow "${name}" already has an active introspection session for binding "${binding}".`,
    )
  }
  const id = randomUUID()
  workflow.session = { id, mocks: new Mocks(), instances: [] }
  return id
}

/** The session, which must still be there. */
export function sessionOf(workflow: Workflow, id: string): NonNullable<Workflow['session']> {
  if (workflow.session?.id === id) return workflow.session
  throw new Error(
    `Workflow "${workflow.facts.name}" does not have an active introspection session for this introspector.`,
  )
}

/** Ends a session and its instances, if it has not ended. */
export function closeSession(workflow: Workflow, id: string): void {
  if (workflow.session?.id !== id) return
  const { instances } = workflow.session
  workflow.session = undefined
  for (const instance of instances) workflow.forget(instance)
}
