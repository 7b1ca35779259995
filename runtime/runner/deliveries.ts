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
import { ask } from './transport.ts'
import { track } from './wait-until.ts'

const dispatcher = claim('deliveries')

let released: Promise<void>
let release: () => void
let isHeld = false
holdDeliveries()

/** From now on no handler is called. */
export function holdDeliveries(): void {
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
    for (let slot = 0; slot < concurrency; slot++) void asRunner(() => consume(queue, slot))
  }
}

async function consume(queue: string, slot: number): Promise<never> {
  for (;;) {
    const batch = await ask({ op: 'nextBatch', queue, slot })
    if (isHeld) {
      // Storage may change until then, so the batch is asked for anew; the host takes this one back.
      await released
      continue
    }
    const delivery = deliver(queue, slot, batch!)
    track(delivery)
    await delivery
  }
}

async function deliver(queue: string, slot: number, batch: string): Promise<void> {
  const response = await dispatcher!.fetch('http://event-dispatcher/', { method: 'POST', body: batch })
  if (!response.ok) throw new Error(`vitest-pool-workerd: a batch could not be delivered: ${response.status}`)
  const result = await response.text()
  const lines = await ask({ op: 'finishBatch', queue, slot, result })
  if (lines) console.warn(lines)
}
