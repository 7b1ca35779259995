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
  }

  export const SELF: {
    fetch(input: string | Request, init?: RequestInit): Promise<Response & { webSocket?: unknown }>
  }

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
