/** Introspection of Workflows: tests wait for what instances do, and change what they do. */
import type {
  WorkflowInstanceIntrospector,
  WorkflowInstanceModifier,
  WorkflowIntrospector,
  WorkflowStepSelector,
} from 'cloudflare:test'

import { inRunnerObject } from '../runner/io-context.ts'
import { blamingCaller } from '../runner/own-frames.ts'
import {
  closeSession,
  errorOf,
  openSession,
  outputOf,
  reachesStatus,
  sessionOf,
  stepResult,
} from '../runner/workflows/introspection.ts'
import type { Mocks } from '../runner/workflows/mocks.ts'
import { workflowOf } from '../runner/workflows/registry.ts'
import { store } from '../runner/workflows/values.ts'
import type { Workflow as Engine } from '../runner/workflows/workflow.ts'

// Captured: tests replace globals.
const nativeClone = structuredClone

type Modify = (modifier: WorkflowInstanceModifier) => unknown

/** Watches one instance. For changes to take effect from its first step, call it before the instance is created. */
export async function introspectWorkflowInstance(
  workflow: Workflow,
  instanceId: string,
): Promise<WorkflowInstanceIntrospector> {
  if (!workflow || !instanceId) {
    throw new Error('[WorkflowIntrospector] Workflow binding and instance id are required.')
  }
  return new InstanceIntrospector(engineOf(workflow, 'introspectWorkflowInstance'), instanceId)
}

/** Watches all instances of a Workflow that are created from now on. */
export async function introspectWorkflow(workflow: Workflow): Promise<WorkflowIntrospector> {
  if (!workflow) throw new Error('[WorkflowIntrospector] Workflow binding is required.')
  const engine = engineOf(workflow, 'introspectWorkflow')
  return new Introspector(engine, await inRunnerObject(() => openSession(engine)))
}

function engineOf(workflow: Workflow, caller: string): Engine {
  const engine = workflowOf(workflow)
  if (engine) return engine
  throw new Error(
    `[WorkflowIntrospector] \`${caller}()\` needs a Workflow binding from \`env\`, and can't introspect Workflows on \`ctx.exports\`. ` +
      'To introspect a Workflow declared in `exports`, add a binding to it, for example a test-only binding in your Vitest config: ' +
      '`miniflare: { workflows: { MY_WORKFLOW: { name: "my-workflow", className: "MyWorkflow" } } }`. Instances created through `ctx.exports` are introspected too.',
  )
}

/** Asks the engine. */
function calledByTest<T>(ask: () => T | Promise<T>): Promise<T> {
  return blamingCaller(() => inRunnerObject(ask))
}

class InstanceIntrospector implements WorkflowInstanceIntrospector {
  readonly #workflow: Engine
  readonly #id: string

  constructor(workflow: Engine, id: string) {
    this.#workflow = workflow
    this.#id = id
  }

  async modify(change: Modify): Promise<this> {
    const [workflow, id] = [this.#workflow, this.#id]
    await change(
      new Modifier(
        () => workflow.mocksOf(id),
        (event) => workflow.find(id) && workflow.sendEvent(id, event),
      ),
    )
    return this
  }

  waitForStepResult(step: WorkflowStepSelector): Promise<unknown> {
    return calledByTest(() => stepResult(this.#workflow, this.#id, step))
  }

  waitForStatus(status: string): Promise<void> {
    return calledByTest(() => reachesStatus(this.#workflow, this.#id, status))
  }

  getOutput(): Promise<unknown> {
    return calledByTest(() => outputOf(this.#workflow, this.#id))
  }

  getError(): Promise<{ name: string; message: string }> {
    return calledByTest(() => errorOf(this.#workflow, this.#id))
  }

  dispose(): Promise<void> {
    return inRunnerObject(() => this.#workflow.forget(this.#id))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}

class Introspector implements WorkflowIntrospector {
  readonly #workflow: Engine
  readonly #session: string
  /** The same object for the same instance, each time. */
  readonly #instances = new Map<string, InstanceIntrospector>()

  constructor(workflow: Engine, session: string) {
    this.#workflow = workflow
    this.#session = session
  }

  async modifyAll(change: Modify): Promise<void> {
    const { mocks } = sessionOf(this.#workflow, this.#session)
    await change(
      new Modifier(
        () => mocks,
        () => {},
      ),
    )
  }

  async get(): Promise<InstanceIntrospector[]> {
    return sessionOf(this.#workflow, this.#session).instances.map((id) => {
      const known = this.#instances.get(id) ?? new InstanceIntrospector(this.#workflow, id)
      this.#instances.set(id, known)
      return known
    })
  }

  dispose(): Promise<void> {
    return inRunnerObject(() => closeSession(this.#workflow, this.#session))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}

class Modifier implements WorkflowInstanceModifier {
  readonly #mocks: () => Mocks
  readonly #send: (event: { type: string; payload: unknown }) => void

  /** `send` reaches an instance that exists already. */
  constructor(mocks: () => Mocks, send: (event: { type: string; payload: unknown }) => void) {
    this.#mocks = mocks
    this.#send = send
  }

  async disableSleeps(steps?: WorkflowStepSelector[]): Promise<void> {
    this.#mocks().sleeps.add(steps)
  }

  async disableRetryDelays(steps?: WorkflowStepSelector[]): Promise<void> {
    this.#mocks().retryDelays.add(steps)
  }

  async mockStepResult(step: WorkflowStepSelector, result: unknown): Promise<void> {
    this.#mocks().addResult(step, await store(result))
  }

  async mockStepError(step: WorkflowStepSelector, error: Error, times = Infinity): Promise<void> {
    this.#mocks().addError(step, error, times)
  }

  async forceStepTimeout(step: WorkflowStepSelector, times = Infinity): Promise<void> {
    this.#mocks().addTimeout(step, times)
  }

  async mockEvent(event: { type: string; payload: unknown }): Promise<void> {
    const copy = nativeClone(event)
    this.#mocks().events.push(copy)
    await inRunnerObject(() => this.#send(copy))
  }

  async forceEventTimeout(step: WorkflowStepSelector): Promise<void> {
    this.#mocks().eventTimeouts.add([step])
  }
}
