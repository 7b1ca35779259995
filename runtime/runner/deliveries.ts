/**
 * Queues: asks the host for batches that are due, has them handled by the Worker's `queue()`, and tells
 * the host what became of them.
 *
 * Nothing is delivered between tests, where nobody expects it and no frame would undo what the handler
 * does. A batch that is being handled when a test ends belongs to the test, which waits for it.
 */
import { facts } from './facts.ts'
import { asRunner } from './io-context.ts'
import { claim } from './privileged.ts'
import { cutOffWaiting, describe, failure, takeState } from './queue-events.ts'
import { report } from './report.ts'
import { ask } from './transport.ts'
import { track } from './wait-until.ts'

const dispatcher = claim('deliveries')

let released: Promise<void>
let release: () => void
let isHeld = false
/** How often deliveries were held. */
let holds = 0
holdDeliveries()

/** From now on no handler is called. */
export function holdDeliveries(): void {
  holds += 1
  cutOffWaiting()
  if (isHeld) return
  isHeld = true
  const { promise, resolve } = Promise.withResolvers<void>()
  released = promise
  release = resolve
}

/** What is due may be delivered. */
export function releaseDeliveries(): void {
  isHeld = false
  release()
}

let isStarted = false

/** Waits for messages until the runtime ends. A parked runtime has nothing to wait for, so not before. */
export function startDeliveries(): void {
  if (isStarted) return
  isStarted = true
  for (const { queue, concurrency } of facts.consumers) {
    for (let slot = 0; slot < concurrency; slot++)
      asRunner(() => consume(queue, slot)).catch((error: unknown) => {
        report(`Queue "${queue}" delivers nothing any more:`, error)
      })
  }
}

async function consume(queue: string, slot: number): Promise<never> {
  for (;;) {
    const holdsBefore = holds
    const batch = await ask({ op: 'nextBatch', queue, slot })
    if (isHeld || holds !== holdsBefore) {
      // A frame has ended since the host looked, or is about to. So the batch may be of an earlier test; the
      // host takes it back when it is asked again.
      await released
      continue
    }
    const { messages } = JSON.parse(batch!) as { messages: { id: string }[] }
    const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<void>()
    const delivery = deliver(queue, slot, batch!, messages).catch((error: unknown) => {
      report(`${describe(queue, messages.length)} could not be delivered:`, error)
    })
    track(delivery, undefined, { what: `queue() for ${describe(queue, messages.length)}`, giveUp })
    // A handler that never settles must not keep the queue from the tests that follow.
    await Promise.race([delivery, givenUp])
  }
}

async function deliver(
  queue: string,
  slot: number,
  batch: string,
  messages: { id: string }[],
): Promise<void> {
  const response = await dispatcher!.fetch('http://event-dispatcher/', { method: 'POST', body: batch })
  if (!response.ok) throw new Error(`vitest-pool-workerd: a batch could not be delivered: ${response.status}`)
  const result = await response.text()
  const { outcome } = JSON.parse(result) as { outcome: string }
  const state = takeState(messages[0]!.id)
  const reason = outcome === 'ok' ? undefined : failure(queue, messages.length, state)
  if (reason) report(reason)
  const lines = await ask({ op: 'finishBatch', queue, slot, result })
  if (lines) console.warn(lines)
}
