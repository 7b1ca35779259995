/** What the suites of Workflows share: beginning instances, and waiting for their end. */
import { env, introspectWorkflowInstance } from 'cloudflare:test'
import { onTestFinished, vi } from 'vitest'

import { uniqueName } from './contract.ts'
import { bodies } from './workflow-worker.ts'
import type { Body } from './workflow-worker.ts'

type Flow = typeof env.FLOW

type Instance = Awaited<ReturnType<Flow['get']>>

type Status = Awaited<ReturnType<Instance['status']>>

type Introspector = Awaited<ReturnType<typeof introspectWorkflowInstance>>

type Modifier = Parameters<Parameters<Introspector['modify']>[0]>[0]

/** Longer than any wait of an instance here, and than a busy machine needs. */
const END_TIMEOUT_MS = 10_000

/** How often a status is looked at. */
const INTERVAL_MS = 5

/** Attempts that follow each other at once. */
export const QUICK = { retries: { limit: 3, delay: 1 } }

/** No more than one attempt. */
export const ONCE = { retries: { limit: 0, delay: 0 } }

/** An id of an instance that does this. */
export function idFor(body: Body): string {
  const id = uniqueName('instance')
  bodies.set(id, body)
  return id
}

/** Waits for something that a test and a step tell each other, on whichever side. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Creates an instance that does this. */
export async function begin(body: Body, flow: Flow = env.FLOW): Promise<Instance> {
  return flow.create({ id: idFor(body) })
}

/** Waits until an instance has one of these statuses. */
export async function reaches(instance: Instance, ...statuses: Status['status'][]): Promise<Status> {
  const look = async (): Promise<Status | undefined> => {
    const status = await instance.status()
    return statuses.includes(status.status) ? status : undefined
  }
  return (await vi.waitUntil(look, { timeout: END_TIMEOUT_MS, interval: INTERVAL_MS })) as Status
}

/** Waits until an instance has ended. */
export function ended(instance: Instance): Promise<Status> {
  return reaches(instance, 'complete', 'errored', 'terminated')
}

/** What an instance returns that does this. */
export async function outputOf(body: Body, flow: Flow = env.FLOW): Promise<unknown> {
  const status = await ended(await begin(body, flow))
  if (status.status !== 'complete') throw new Error(`${status.error?.name}: ${status.error?.message}`)
  return status.output
}

/** What an instance fails with that does this. */
export async function errorOf(body: Body, flow: Flow = env.FLOW): Promise<Status['error']> {
  const status = await ended(await begin(body, flow))
  if (status.status !== 'errored') throw new Error(`the instance is ${status.status}`)
  return status.error
}

/** Creates an instance that does this, with changes. */
export async function introspect(
  body: Body,
  modify: (modifier: Modifier) => Promise<void> = async () => {},
): Promise<{ introspector: Introspector; instance: Instance }> {
  const id = idFor(body)
  const introspector = await introspectWorkflowInstance(env.FLOW, id)
  onTestFinished(() => introspector.dispose())
  await introspector.modify(modify)
  return { introspector, instance: await env.FLOW.create({ id }) }
}
