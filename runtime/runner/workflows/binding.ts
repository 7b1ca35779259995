/**
 * What Workflow bindings ask, and who answers. The client is the runtime's own: it calls methods, or, on older
 * compatibility dates, sends requests with the same names.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'

import { inEvent, inRunnerObject } from '../io-context.ts'
import { UnderWay } from '../storage-calls.ts'
import { trackContext } from '../wait-until.ts'
import { workflowNamed } from './registry.ts'
import type { CreateOptions, InstanceStatus, RestartOptions, UserEventInit, Workflow } from './workflow.ts'

// Captured: tests replace globals.
const NativeResponse = Response
const NativeURL = URL

/** A body of a request: the arguments, by name. */
interface Body {
  id: string
  instances: string[]
  type: string
  payload: unknown
  rollback: boolean
}

/** Path of a request → its answer. */
const ROUTES: Record<string, (workflow: Workflow, body: Body) => unknown> = {
  '/get': (workflow, { id }) => workflow.getInstance(id),
  '/create': (workflow, body) => workflow.create(body),
  '/createBatch': (workflow, body) => workflow.createBatch(body as unknown as CreateOptions[]),
  '/deleteBatch': (workflow, body) => workflow.deleteBatch(body),
  '/pause': (workflow, { id }) => workflow.pause(id),
  '/resume': (workflow, { id }) => workflow.resume(id),
  '/terminate': (workflow, { id, rollback }) => workflow.terminate(id, { rollback }),
  '/restart': (workflow, { id, ...options }) => workflow.restart(id, options as RestartOptions),
  '/delete': (workflow, { id }) => workflow.deleteInstance(id),
  '/status': (workflow, { id }) => workflow.status(id),
  '/send-event': (workflow, { id, type, payload }) => workflow.sendEvent(id, { type, payload }),
}

/** The entrypoint behind all Workflow bindings of the project. Users cannot see it. */
export class Workflows extends WorkerEntrypoint<unknown, { workflow: string }> {
  create(options?: CreateOptions): Promise<{ id: string }> {
    return this.#ask((workflow) => workflow.create(options))
  }

  createBatch(batch: CreateOptions[]): Promise<{ id: string }[]> {
    return this.#ask((workflow) => workflow.createBatch(batch))
  }

  getInstance(id: string): Promise<{ id: string }> {
    return this.#ask((workflow) => workflow.getInstance(id))
  }

  deleteInstance(id: string): Promise<void> {
    return this.#ask((workflow) => workflow.deleteInstance(id))
  }

  deleteBatch(batch: { instances: string[] }): Promise<object> {
    return this.#ask((workflow) => workflow.deleteBatch(batch))
  }

  pause(id: string): Promise<void> {
    return this.#ask((workflow) => workflow.pause(id))
  }

  resume(id: string): Promise<void> {
    return this.#ask((workflow) => workflow.resume(id))
  }

  terminate(id: string, options?: { rollback?: boolean }): Promise<void> {
    return this.#ask((workflow) => workflow.terminate(id, options))
  }

  restart(id: string, options?: RestartOptions): Promise<void> {
    return this.#ask((workflow) => workflow.restart(id, options))
  }

  status(id: string): Promise<InstanceStatus> {
    return this.#ask((workflow) => workflow.status(id))
  }

  sendEvent(id: string, event: UserEventInit): Promise<void> {
    return this.#ask((workflow) => workflow.sendEvent(id, event))
  }

  override async fetch(request: Request): Promise<Response> {
    const route = ROUTES[new NativeURL(request.url).pathname]
    if (!route) return new NativeResponse(null, { status: 404 })
    try {
      const body = (await request.json()) as Body
      return NativeResponse.json({ result: await this.#ask((workflow) => route(workflow, body)) })
    } catch (error) {
      return NativeResponse.json({ error: { message: (error as Error).message } }, { status: 400 })
    }
  }

  /** Instances belong to the runner object, whose context outlives the caller's. */
  #ask<T>(ask: (workflow: Workflow) => T | Promise<T>): Promise<T> {
    const name = this.ctx.props.workflow
    const workflow = workflowNamed(name)
    if (!workflow) throw new Error(`vitest-pool-workerd: there is no Workflow "${name}"`)
    // A call that nobody awaits must not reach into the next test.
    const call = new UnderWay('call')
    return inEvent(trackContext(this.ctx), () => inRunnerObject(() => ask(workflow))).finally(call.done)
  }
}
