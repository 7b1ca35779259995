// Types of what exists in the runtime only: the bindings of all suites, and the part of `cloudflare:test`
// that both pools have.
//
// The runtime's types come from the module among `@cloudflare/workers-types`, because its global ones
// collide with those of Node, which the end-to-end tests in the same compilation need.

declare module 'cloudflare:test' {
  import type {
    D1Database,
    ExecutionContext,
    KVNamespace,
    MessageBatch,
    Queue,
    R2Bucket,
    ScheduledController,
  } from '@cloudflare/workers-types/index.ts'

  export const env: {
    KV: KVNamespace
    /** Another binding of the same namespace. */
    SAME_KV: KVNamespace
    OTHER_KV: KVNamespace

    DB: D1Database
    /** Another binding of the same database. */
    SAME_DB: D1Database
    OTHER_DB: D1Database

    BUCKET: R2Bucket
    /** Another binding of the same bucket. */
    SAME_BUCKET: R2Bucket
    OTHER_BUCKET: R2Bucket

    PLAIN: Queue
    OTHER: Queue
    SINGLE: Queue
    SIZED: Queue
    RETRIED: Queue
    ONCE: Queue
    SLOW_RETRIES: Queue
    DEFAULTS: Queue
    UNCONSUMED: Queue

    FLOW: Workflow
    /** Another Workflow of the same class. */
    OTHER_FLOW: Workflow
    /** Its instances may have three steps. */
    SHORT_FLOW: Workflow
    MISSING_FLOW: Workflow
    WRONG_FLOW: Workflow
    EMPTY_FLOW: Workflow
    VALUE_FLOW: Workflow
  }

  export const SELF: {
    fetch(input: string | Request, init?: RequestInit): Promise<Response & { webSocket?: unknown }>
  }

  interface Workflow {
    create(options?: { id?: string; params?: unknown }): Promise<WorkflowInstance>
    createBatch(batch: { id?: string; params?: unknown }[]): Promise<WorkflowInstance[]>
    get(id: string): Promise<WorkflowInstance>
    deleteBatch(ids: string[]): Promise<unknown>
  }

  interface WorkflowInstance {
    id: string
    status(): Promise<{ status: Status; output?: unknown; error?: { name: string; message: string } }>
    pause(): Promise<void>
    resume(): Promise<void>
    terminate(options?: { rollback: boolean }): Promise<void>
    restart(options?: { from: { name: string } }): Promise<void>
    delete(): Promise<void>
    sendEvent(event: { type: string; payload: unknown }): Promise<void>
  }

  type Status =
    | 'queued'
    | 'running'
    | 'paused'
    | 'errored'
    | 'terminated'
    | 'complete'
    | 'waiting'
    | 'waitingForPause'
    | 'unknown'

  interface StepSelector {
    name: string
    index?: number
  }

  interface Modifier {
    disableSleeps(steps?: StepSelector[]): Promise<void>
    disableRetryDelays(steps?: StepSelector[]): Promise<void>
    mockStepResult(step: StepSelector, result: unknown): Promise<void>
    mockStepError(step: StepSelector, error: Error, times?: number): Promise<void>
    forceStepTimeout(step: StepSelector, times?: number): Promise<void>
    mockEvent(event: { type: string; payload: unknown }): Promise<void>
    forceEventTimeout(step: StepSelector): Promise<void>
  }

  interface InstanceIntrospector extends AsyncDisposable {
    modify(change: (modifier: Modifier) => Promise<void>): Promise<InstanceIntrospector>
    waitForStepResult(step: StepSelector): Promise<unknown>
    waitForStatus(status: Status): Promise<void>
    getOutput(): Promise<unknown>
    getError(): Promise<{ name: string; message: string }>
    dispose(): Promise<void>
  }

  interface Introspector extends AsyncDisposable {
    modifyAll(change: (modifier: Modifier) => Promise<void>): Promise<void>
    get(): Promise<InstanceIntrospector[]>
    dispose(): Promise<void>
  }

  export function introspectWorkflowInstance(workflow: Workflow, id: string): Promise<InstanceIntrospector>

  export function introspectWorkflow(workflow: Workflow): Promise<Introspector>

  export function createExecutionContext(): ExecutionContext

  export function waitOnExecutionContext(ctx: ExecutionContext): Promise<void>

  export function createScheduledController(options?: {
    scheduledTime?: Date | number
    cron?: string
  }): ScheduledController

  export function createMessageBatch<Body = unknown>(
    queueName: string,
    messages: { id: string; timestamp: Date; attempts: number; body: Body }[],
  ): MessageBatch<Body>

  export function getQueueResult(batch: MessageBatch, ctx: ExecutionContext): Promise<QueueResult>

  /** What a handler did with a batch. */
  export interface QueueResult {
    outcome: string
    ackAll: boolean
    retryBatch: { retry: boolean }
    explicitAcks: string[]
    retryMessages: { msgId: string }[]
  }
}

declare module 'cloudflare:workers' {
  export interface WorkflowEvent {
    payload: unknown
    timestamp: Date
    instanceId: string
    workflowName: string
  }

  interface StepConfig {
    retries?: { limit: number; delay: number | string; backoff?: string }
    timeout?: number | string
  }

  interface StepContext {
    step: { name: string; count: number }
    attempt: number
    config: StepConfig
  }

  export interface RollbackOptions {
    rollback(input: { ctx: StepContext; error: Error; output: unknown }): Promise<void>
    rollbackConfig?: StepConfig
  }

  export interface WorkflowStep {
    do<T>(name: string, callback: (ctx: StepContext) => Promise<T>, options?: RollbackOptions): Promise<T>
    do<T>(
      name: string,
      config: StepConfig,
      callback: (ctx: StepContext) => Promise<T>,
      options?: RollbackOptions,
    ): Promise<T>
    sleep(name: string, duration: number | string): Promise<void>
    sleepUntil(name: string, time: Date | number): Promise<void>
    waitForEvent(
      name: string,
      options: { type: string; timeout?: number | string },
    ): Promise<{ type: string; payload: unknown; timestamp: Date }>
  }

  export class WorkerEntrypoint {}

  export class WorkflowEntrypoint {
    run(event: WorkflowEvent, step: WorkflowStep): Promise<unknown>
  }
}

declare module 'cloudflare:workflows' {
  export class NonRetryableError extends Error {
    constructor(message: string, name?: string)
  }
}
