/**
 * Batches for tests that call a `queue` handler themselves, and what the handler decided about them. Nothing
 * here reaches the Queues product: no message is delivered again, and delays of retries are not recorded.
 */
import type { QueueResult, QueueMessageInit } from 'cloudflare:test'

import { isExecutionContext, waitOnExecutionContext } from './execution-context.ts'
import { defineReadOnly } from './read-only.ts'

type Decision = 'ack' | 'retry'

const constructing = Symbol('constructing')
/** What was decided about a batch as a whole, if anything was. */
const batches = new WeakMap<QueueController, { all: Decision | undefined }>()
const messages = new WeakMap<
  QueueMessage,
  { own: Decision | undefined; readonly batch: { readonly all: Decision | undefined } }
>()

/** Named as the runtime names it; users see the name in messages and snapshots. */
class QueueMessage implements Message {
  declare readonly id: string
  declare readonly timestamp: Date
  declare readonly body: unknown
  declare readonly attempts: number

  constructor(token: unknown, source: QueueMessageInit, batch: { all: Decision | undefined }) {
    if (token !== constructing) throw new TypeError('Illegal constructor')
    messages.set(this, { own: undefined, batch })
    const id = String(source.id)
    const timestamp = timestampOf(source)
    // Of several mistakes the first is named, and a body may be the last of them.
    const attempts = attemptsOf(source)
    defineReadOnly(this, { id, timestamp, body: bodyOf(source), attempts })
  }

  // Options are accepted as the runtime does, and have no effect on what `getQueueResult` says.
  retry(_options?: QueueRetryOptions): void {
    decideMessage(this, 'retry')
  }

  ack(): void {
    decideMessage(this, 'ack')
  }
}

/** Named as the runtime names it. */
class QueueController implements MessageBatch {
  declare readonly queue: string
  declare readonly messages: readonly QueueMessage[]
  declare readonly metadata: MessageBatchMetadata

  constructor(token: unknown, queue: string, sources: readonly QueueMessageInit[]) {
    if (token !== constructing) throw new TypeError('Illegal constructor')
    const state = { all: undefined }
    batches.set(this, state)
    defineReadOnly(this, {
      queue,
      messages: sources.map((source) => new QueueMessage(constructing, source, state)),
      metadata: { metrics: { backlogCount: 0, backlogBytes: 0, oldestMessageTimestamp: new Date(0) } },
    })
  }

  retryAll(_options?: QueueRetryOptions): void {
    decideBatch(this, 'retry')
  }

  ackAll(): void {
    decideBatch(this, 'ack')
  }
}

/** The first decision counts. One about the batch hides what a message of it decides later. */
function decideMessage(message: QueueMessage, call: Decision): void {
  const state = messages.get(message)
  if (!state) throw new TypeError('Illegal invocation')
  const { all } = state.batch
  const earlier = all ?? state.own
  if (earlier !== undefined && earlier !== call) {
    const after = all === undefined ? `${earlier}()` : `${all}All()`
    console.warn(
      `Received a call to ${call}() on message ${message.id} after ${after} was already called. ` +
        `Calling ${call}() on a message after calling ${after} has no effect.`,
    )
  }
  if (earlier === undefined) state.own = call
}

/** Likewise; decisions that messages have made before remain. */
function decideBatch(batch: QueueController, call: Decision): void {
  const state = batches.get(batch)
  if (!state) throw new TypeError('Illegal invocation')
  if (state.all !== undefined && state.all !== call) {
    console.warn(
      `Received a call to ${call}All() after ${state.all}All() was already called. ` +
        `Calling ${call}All() after calling ${state.all}All() has no effect.`,
    )
  }
  state.all ??= call
}

/** A batch to call a `queue` handler with. Bodies are cloned, as a queue would. */
export function createMessageBatch(queueName: string, sources: readonly QueueMessageInit[]): MessageBatch {
  // Any name is text in the end; only having none is a mistake.
  if (arguments.length === 0) {
    throw new TypeError("Failed to execute 'createMessageBatch': parameter 1 is not of type 'string'.")
  }
  if (!Array.isArray(sources)) {
    throw new TypeError("Failed to execute 'createMessageBatch': parameter 2 is not of type 'Array'.")
  }
  return new QueueController(constructing, String(queueName), sources)
}

/** Waits for the background work of the context, and tells what was decided about the batch until then. */
export async function getQueueResult(batch: MessageBatch, ctx: ExecutionContext): Promise<QueueResult> {
  const state = batches.get(batch as QueueController)
  if (!state) {
    throw new TypeError(
      "Failed to execute 'getQueueResult': parameter 1 is not of type 'MessageBatch'.\n" +
        "You must call 'createMessageBatch()' to get a 'MessageBatch' instance.",
    )
  }
  if (!isExecutionContext(ctx)) {
    throw new TypeError(
      "Failed to execute 'getQueueResult': parameter 2 is not of type 'ExecutionContext'.\n" +
        "You must call 'createExecutionContext()' to get an 'ExecutionContext' instance.",
    )
  }
  await waitOnExecutionContext(ctx)
  const idsOf = (decision: Decision): string[] =>
    (batch as QueueController).messages
      .filter((message) => messages.get(message)?.own === decision)
      .map(({ id }) => id)
  return {
    outcome: 'ok',
    ackAll: state.all === 'ack',
    retryBatch: { retry: state.all === 'retry' },
    explicitAcks: idsOf('ack'),
    retryMessages: idsOf('retry').map((msgId) => ({ msgId })),
  }
}

function timestampOf({ timestamp }: QueueMessageInit): Date {
  if (typeof timestamp !== 'number' && !((timestamp as unknown) instanceof Date))
    throw wrongField('timestamp', 'date')
  return new Date(timestamp)
}

function attemptsOf({ attempts }: QueueMessageInit): number {
  if (typeof attempts !== 'number') throw wrongField('attempts', 'number')
  return attempts
}

function bodyOf(source: QueueMessageInit): unknown {
  if ('serializedBody' in source) {
    throw new TypeError('Cannot use `serializedBody` with `createMessageBatch()`')
  }
  return structuredClone(source.body)
}

function wrongField(name: string, type: string): TypeError {
  return new TypeError(
    `Incorrect type for the '${name}' field on 'ServiceBindingQueueMessage': ` +
      `the provided value is not of type '${type}'.`,
  )
}
