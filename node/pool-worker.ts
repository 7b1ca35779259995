/**
 * Vitest's `PoolWorker`: one for each file (or for each group of files with `isolate: false`).
 *
 * Vitest calls `on` only after `start` has resolved, calls `off` and `stop` also after a failed start,
 * and cannot cope with a `send` that throws or a `stop` that does not settle. Each of those is silent
 * or endless when it happens, so each has a rule here.
 */
import type { PoolOptions, PoolRunnerInitializer, PoolTask, PoolWorker, WorkerRequest } from 'vitest/node'

import { MessageStream } from './messages.ts'
import type { CrashReport } from './native.ts'
import { fromNative, NativePoolWorker, PoolError } from './native.ts'
import type { WorkersProject } from './project.ts'

/** How long an isolate may take to answer `stop`. After that it is stuck, and killed. */
const STOP_TIMEOUT_MS = 5000

/** How many runtimes may die under one file before any of its code ran. More is no accident. */
const REPLACEMENTS_MAX = 2

/** How the native side words the end of a process that a signal ended. */
const KILLED = /ended before it was ready \(signal /

/** The pool's name in Vitest's configuration and in its messages. */
export const POOL_NAME = 'workers'

type Listener = (...args: unknown[]) => void
type Response = {
  type: 'started' | 'testfileFinished' | 'stopped'
  __vitest_worker_response__: true
  error?: unknown
}

/** What goes into `project.config.poolRunner`. */
export function createInitializer(glueOf: (options: PoolOptions) => WorkersProject): PoolRunnerInitializer {
  return {
    name: POOL_NAME,
    createPoolWorker: (options) => new WorkersPoolWorker(options, () => glueOf(options)),
  }
}

class WorkersPoolWorker implements PoolWorker {
  readonly name = POOL_NAME
  readonly #options: PoolOptions
  // Not looked up yet: nothing that can throw may run while Vitest constructs us.
  readonly #glueOf: () => WorkersProject
  readonly #stream = new MessageStream()
  readonly #listeners = new Map<string, Set<Listener>>()
  /** Events that came before anybody listened. */
  #early: [event: string, value: unknown][] = []
  #native: NativePoolWorker | undefined
  /** What was sent while a runtime was being replaced; before that, what starts Vitest in one. */
  #unsent: Uint8Array[] = []
  #replacements = 0
  #awaiting: Response['type'] | undefined
  #stopTimer: NodeJS.Timeout | undefined
  #ended = false

  constructor(options: PoolOptions, glueOf: () => WorkersProject) {
    this.#options = options
    this.#glueOf = glueOf
  }

  async start(): Promise<void> {
    this.#checkEnvironment()
    await this.#glueOf().open(this.#options.distPath)
    this.#native = await this.#take()
  }

  async #take(): Promise<NativePoolWorker> {
    const glue = this.#glueOf()
    const native = new NativePoolWorker(
      glue.pool,
      glue.key,
      glue.label,
      (messages) => this.#receive(messages),
      (crash) => this.#crashed(crash),
    )
    try {
      await native.start()
    } catch (error) {
      const reason = fromNative(error)
      // Somebody else killed it while it started: another will do, as for one that dies while it is parked.
      const isAccident =
        (reason as Partial<PoolError>).code === 'ERR_WORKERD_START' && KILLED.test(reason.message)
      if (!isAccident || this.#replacements >= REPLACEMENTS_MAX) throw reason
      this.#replacements += 1
      return this.#take()
    }
    return native
  }

  #checkEnvironment(): void {
    const { environment, project } = this.#options
    if (environment.name === 'node') return
    throw new PoolError(
      'ERR_ENVIRONMENT',
      `Unexpected custom \`environment\` "${environment.name}" in ${this.#glueOf().label}.\n` +
        'The Workers pool always runs your tests inside of an environment providing Workers runtime APIs.\n' +
        'Please remove the `environment` configuration' +
        (project.config.environment === environment.name
          ? '.'
          : ', or the `@vitest-environment` comment in the file.'),
    )
  }

  send(message: WorkerRequest): void {
    try {
      this.#follow(message)
      const bytes = this.#stream.encode(message)
      // Kept until Vitest has started in the runtime: another may have to hear it again.
      if (this.#awaiting === 'started' || !this.#native) this.#unsent.push(bytes)
      this.#native?.send([bytes])
    } catch (error) {
      this.#emit('error', error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Notices where in its life the isolate is, as far as we have to act on it. */
  #follow(message: WorkerRequest): void {
    if (!('type' in message)) return
    if (message.type === 'start') this.#awaiting = 'started'
    if (message.type === 'run' || message.type === 'collect') {
      this.#awaiting = 'testfileFinished'
      this.#native?.running(message.context.files.map((file) => this.#shown(file.filepath)))
    }
    if (message.type === 'stop') {
      this.#awaiting = 'stopped'
      this.#stopTimer = setTimeout(() => this.#giveUp(), STOP_TIMEOUT_MS)
    }
  }

  #shown(file: string): string {
    const { root } = this.#options.project.config
    return file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file
  }

  #receive(messages: readonly Uint8Array[]): void {
    for (const bytes of messages) {
      if (this.#ended) return
      try {
        const message = this.#stream.decode(bytes)
        const { type } = message as Partial<Response>
        if (type === 'started') this.#unsent = []
        if (type === 'stopped') clearTimeout(this.#stopTimer)
        this.#emit('message', message)
      } catch (error) {
        this.#emit('error', error instanceof Error ? error : new Error(String(error)))
      }
    }
  }

  /** The runtime is gone: whatever Vitest waits for is answered with the reason. */
  #crashed({ code, text }: CrashReport): void {
    if (this.#ended) return
    const error = new PoolError(code, text)
    // It died while it was parked, most likely. No code of the user's has run, so another will do.
    if ((this.#awaiting ?? 'started') === 'started' && this.#replacements < REPLACEMENTS_MAX) {
      this.#replacements += 1
      void this.#replace()
      return
    }
    if (this.#awaiting === 'started' || this.#awaiting === 'stopped') this.#respond(this.#awaiting, error)
    else this.#emit('error', error)
    this.#end()
  }

  async #replace(): Promise<void> {
    this.#native = undefined
    try {
      const native = await this.#take()
      if (this.#ended) return native.stop()
      this.#native = native
      native.send(this.#unsent)
    } catch (error) {
      this.#respond('started', error instanceof Error ? error : new Error(String(error)))
      this.#end()
    }
  }

  /** The isolate does not stop: a test that never yields, most likely. Its results are already in. */
  #giveUp(): void {
    this.#end()
    this.#respond('stopped')
  }

  #respond(type: Response['type'], error?: Error): void {
    const response: Response = { type, __vitest_worker_response__: true }
    if (error && type === 'started') {
      response.error = { name: error.name, message: error.message, stack: error.stack }
    }
    this.#emit('message', response)
  }

  on(event: string, listener: Listener): void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener))
    const early = this.#early
    this.#early = early.filter(([name]) => name !== event)
    for (const [name, value] of early) if (name === event) listener(value)
  }

  off(event: string, listener: Listener): void {
    this.#listeners.get(event)?.delete(listener)
  }

  #emit(event: string, value: unknown): void {
    const listeners = this.#listeners.get(event)
    if (!listeners) this.#early.push([event, value])
    else for (const listener of listeners) listener(value)
  }

  deserialize(message: unknown): unknown {
    return message
  }

  /** Killing is enough: nothing in a runtime outlives its tests. */
  async stop(): Promise<void> {
    this.#end()
  }

  #end(): void {
    this.#ended = true
    clearTimeout(this.#stopTimer)
    this.#native?.stop()
    this.#native = undefined
  }

  canReuse(task: PoolTask): boolean {
    return task.worker === POOL_NAME && task.project === this.#options.project
  }
}
