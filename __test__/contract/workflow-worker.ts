/**
 * The user Worker of the suites of Workflows. It shares its module with the tests, which say what an instance
 * does.
 */
import { WorkerEntrypoint, WorkflowEntrypoint } from 'cloudflare:workers'
import type { env } from 'cloudflare:test'
import type { WorkflowEvent, WorkflowStep } from 'cloudflare:workers'

export type Body = (event: WorkflowEvent, step: WorkflowStep) => unknown

/** What instances do, by their ids. */
export const bodies = new Map<string, Body>()

export class Flow extends WorkflowEntrypoint {
  override async run(event: WorkflowEvent, step: WorkflowStep): Promise<unknown> {
    return bodies.get(event.instanceId)?.(event, step)
  }
}

export class Wrong extends WorkerEntrypoint {}

export class Empty extends WorkflowEntrypoint {}

export const value = 5

export default {
  async fetch(request: Request, { FLOW }: typeof env): Promise<Response> {
    const { id } = await FLOW.create({ id: new URL(request.url).pathname.slice(1) })
    return new Response(id)
  },
}
