/**
 * A Workflow with its instances, as a binding sees it: rules of ids, and what may be done to an instance in
 * which status. Call it in the runner object only.
 */
import type { WorkflowFacts } from '../../../shared/protocol.ts'
import { isReleased, notifyWatchers } from './changes.ts'
import type { ErrorInfo } from './errors.ts'
import { notFound, workflowError } from './errors.ts'
import type { WorkflowStub } from './execution.ts'
import { Execution } from './execution.ts'
import type { Instance, Status, UserEvent } from './instance.ts'
import { copyInstance, isFinal, newInstance, resetInstance } from './instance.ts'
import { Mocks } from './mocks.ts'
import { now } from './time.ts'

// Captured: tests replace globals.
const nativeClone = structuredClone
const randomUUID = crypto.randomUUID.bind(crypto)

const ID = /^[a-zA-Z0-9_][a-zA-Z0-9-_]*$/
const ID_LENGTH_MAX = 100
const BATCH_SIZE_MAX = 100

export interface CreateOptions {
  id?: unknown
  params?: unknown
}

export type UserEventInit = Pick<UserEvent, 'type' | 'payload'>

export interface RestartOptions {
  /** The first step that is done again. */
  from?: { name: string; count?: number; type?: string }
}

export interface InstanceStatus {
  status: Status | 'waiting'
  output: unknown
  error?: ErrorInfo
}

/** A test that watches all instances which are created from now on. */
export interface Session {
  id: string
  mocks: Mocks
  instances: string[]
}

/** What a storage frame keeps. */
export interface WorkflowState {
  instances: Map<string, Instance>
  mocks: Map<string, Mocks>
  session: Session | undefined
}

export class Workflow {
  readonly facts: WorkflowFacts
  readonly #stub: WorkflowStub
  #state: WorkflowState = { instances: new Map(), mocks: new Map(), session: undefined }
  readonly #executions = new Map<Instance, Execution>()

  constructor(facts: WorkflowFacts, stub: WorkflowStub) {
    this.facts = facts
    this.#stub = stub
  }

  create(options: CreateOptions = {}): { id: string } {
    const { id = randomUUID(), params = {} } = options ?? {}
    checkId(id)
    if (this.#state.instances.has(id)) {
      throw workflowError(`(instance.already_exists) Workflow instance with id "${id}" already exists`)
    }
    this.#add(id, params)
    return { id }
  }

  /** Leaves those alone that exist, and answers with the others. */
  createBatch(batch: CreateOptions[]): { id: string }[] {
    if (!Array.isArray(batch)) throw workflowError('(body) Provided argument is invalid')
    if (batch.length === 0) throw workflowError('batchCreate should have at least 1 instance')
    if (batch.length > BATCH_SIZE_MAX) {
      throw workflowError(`batchCreate only supports ${BATCH_SIZE_MAX} instances at a time`)
    }
    const wanted = batch.map(({ id = randomUUID(), params = {} }) => {
      checkId(id)
      return { id, params }
    })
    const created: { id: string }[] = []
    for (const { id, params } of wanted) {
      if (this.#state.instances.has(id)) continue
      this.#add(id, params)
      created.push({ id })
    }
    return created
  }

  #add(id: string, params: unknown): void {
    const instance = newInstance(id, nativeClone(params), now())
    const { instances, mocks, session } = this.#state
    if (session) {
      session.instances.push(id)
      mocks.set(id, session.mocks.copy())
    }
    instances.set(id, instance)
    this.#begin(instance)
  }

  getInstance(id: string): { id: string } {
    this.#get(id)
    return { id }
  }

  status(id: string): InstanceStatus {
    const instance = this.#get(id)
    const { status, output = null, error } = instance
    const execution = this.#executions.get(instance)
    const isWaiting = status === 'running' && execution?.callbacks.size === 0 && execution.waits > 0
    return {
      status: isWaiting ? 'waiting' : status,
      output,
      ...(error && { error }),
    }
  }

  pause(id: string): void {
    const instance = this.#get(id)
    if (instance.status !== 'running' && instance.status !== 'queued') return
    const execution = this.#executions.get(instance)
    instance.status = execution && execution.callbacks.size > 0 ? 'waitingForPause' : 'paused'
    if (instance.status === 'paused') execution?.cutOff()
    notifyWatchers()
  }

  resume(id: string): void {
    const instance = this.#get(id)
    if (instance.status === 'waitingForPause') instance.status = 'running'
    if (instance.status === 'paused') this.#run(instance)
    notifyWatchers()
  }

  /** With `rollback`, steps are undone before. An instance that is paused has nothing that could. */
  async terminate(id: string, options?: { rollback?: boolean }): Promise<void> {
    const instance = this.#get(id)
    if (isFinal(instance)) {
      throw workflowError('(instance.cannot_terminate) Cannot terminate instance since its on a finite state')
    }
    const execution = this.#executions.get(instance)
    if (options?.rollback && execution?.isLive) {
      await execution.rollbacks.run(new Error('Instance terminated during rollback'))
      // It may have ended meanwhile, or have been undone with its test.
      if (this.#executions.get(instance) !== execution || isFinal(instance)) return
    }
    execution?.cutOff()
    instance.status = 'terminated'
    notifyWatchers()
  }

  restart(id: string, { from }: RestartOptions = {}): void {
    const instance = this.#get(id)
    const kept = from && stepsBefore(instance, from)
    this.#executions.get(instance)?.cutOff()
    resetInstance(instance)
    if (kept) instance.steps = kept
    this.#begin(instance)
  }

  sendEvent(id: string, { type, payload }: UserEventInit): void {
    const instance = this.#get(id)
    if (isFinal(instance)) {
      throw workflowError(
        '(instance.cannot_send_event) Cannot send an event to an instance on a finite state',
      )
    }
    instance.events.push({ type: String(type), payload: nativeClone(payload), timestamp: now() })
    this.#executions.get(instance)?.deliver()
    notifyWatchers()
  }

  deleteInstance(id: string): void {
    const instance = this.#get(id)
    this.#executions.get(instance)?.cutOff()
    this.#executions.delete(instance)
    this.#state.instances.delete(id)
    notifyWatchers()
  }

  deleteBatch({ instances }: { instances: string[] }): object {
    const deleted: { id: string }[] = []
    const errors: { id: string; code: number; message: string }[] = []
    for (const id of instances) {
      if (this.#state.instances.has(id)) {
        this.deleteInstance(id)
        deleted.push({ id })
      } else errors.push({ id, code: 10_400, message: 'workflows.api.error.instance.not_found' })
    }
    return { deleted, errors }
  }

  /** The instance, if there is one. */
  find(id: string): Instance | undefined {
    return this.#state.instances.get(id)
  }

  /** What a test has changed about an instance, which need not exist yet. */
  mocksOf(id: string): Mocks {
    const mocks = this.#state.mocks.get(id) ?? new Mocks()
    this.#state.mocks.set(id, mocks)
    return mocks
  }

  /** Ends an instance, and forgets what a test has changed about it. */
  forget(id: string): void {
    this.#state.mocks.delete(id)
    if (this.find(id)) this.deleteInstance(id)
  }

  get session(): Session | undefined {
    return this.#state.session
  }

  set session(session: Session | undefined) {
    this.#state.session = session
  }

  /** What is stored, for a storage frame. */
  copyState(): WorkflowState {
    const { instances, mocks, session } = this.#state
    return {
      instances: new Map([...instances].map(([id, instance]) => [id, copyInstance(instance)])),
      mocks: new Map([...mocks].map(([id, each]) => [id, each.copy()])),
      session: session && { ...session, mocks: session.mocks.copy(), instances: [...session.instances] },
    }
  }

  /** Returns to what was stored, and cuts off everything that runs. */
  setState(state: WorkflowState): void {
    for (const execution of this.#executions.values()) execution.cutOff()
    this.#executions.clear()
    this.#state = state
  }

  /** Forgets all instances, or goes back to those of a state. Who watches goes on watching. */
  reset(state?: WorkflowState): void {
    const { session } = this.#state
    this.setState({ instances: state?.instances ?? new Map(), mocks: state?.mocks ?? new Map(), session })
  }

  /** Nothing begins from now on, and nothing is answered. */
  stop(): void {
    for (const execution of this.#executions.values()) execution.stop()
  }

  /** Runs what should run, and does not. */
  release(): void {
    for (const instance of this.#state.instances.values()) {
      const isRunning = this.#executions.get(instance)?.isLive
      if (instance.status === 'waitingForPause' && !isRunning) instance.status = 'paused'
      if ((instance.status === 'queued' || instance.status === 'running') && !isRunning) this.#run(instance)
    }
  }

  #get(id: string): Instance {
    const instance = this.find(id)
    if (!instance) throw notFound()
    return instance
  }

  /** From the beginning, or the steps that are there. */
  #begin(instance: Instance): void {
    for (const event of this.mocksOf(instance.id).events) instance.events.push({ ...event, timestamp: now() })
    this.#run(instance)
    notifyWatchers()
  }

  #run(instance: Instance): void {
    instance.status = isReleased() ? 'running' : 'queued'
    if (!isReleased()) return
    this.#executions.get(instance)?.cutOff()
    const execution = new Execution({
      name: this.facts.name,
      stub: this.#stub,
      stepsMax: this.facts.stepLimit,
      instance,
      mocks: this.mocksOf(instance.id),
      onChange: notifyWatchers,
    })
    this.#executions.set(instance, execution)
  }
}

function checkId(id: unknown): asserts id is string {
  if (typeof id === 'string' && id.length <= ID_LENGTH_MAX && ID.test(id)) return
  throw workflowError('Workflow instance has invalid id')
}

/** What a restart keeps: all steps that were reached before this one. */
function stepsBefore(
  { steps }: Instance,
  { name, count = 1, type }: NonNullable<RestartOptions['from']>,
): Instance['steps'] {
  const entries = [...steps]
  const index = entries.findIndex(
    ([, step]) => step.name === name && step.count === count && (type === undefined || step.kind === type),
  )
  if (index < 0) {
    throw workflowError(`(instance.cannot_restart) Step "${name}" not found in execution history`)
  }
  return new Map(entries.slice(0, index))
}
