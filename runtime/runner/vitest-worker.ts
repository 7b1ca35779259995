/** Vitest's in-worker runtime, connected to our socket. */
import type { ModuleRunner } from 'vite/module-runner'
import { init, runBaseTests, setupEnvironment } from 'vitest/worker'

import { FILE_MODULE_PREFIX } from '../../shared/protocol.ts'
import { followFakeTimers } from './clock.ts'
import { nameImporters } from './failed-imports.ts'
import { installFrames } from './frames.ts'
import { eventContext, inRunnerObject, postToRunner } from './io-context.ts'
import { expectRpcPromises } from './rpc-promises.ts'
import { HostSnapshotEnvironment } from './snapshots.ts'
import { correctFrames } from './stack-frames.ts'
import { deliver, offMessage, onMessage, post } from './transport.ts'
import { importsHop, useModuleRunner } from './user-module.ts'

// Vitest's types of its worker interface differ between versions; what we use of them does not.
type State = Parameters<typeof runBaseTests>[1]
type Traces = Parameters<typeof runBaseTests>[2]

/** Specifiers that stand for modules of ours, and the modules' names. */
export type RuntimeModules = Record<string, string>

/** A built-in module that is ours alone: it could stop the Durable Objects of a test that did not ask for it. */
const PRIVILEGED = 'workerd:unsafe'

// Captured: fake timers replace it.
const nativeQueueMicrotask = globalThis.queueMicrotask

let prepared: ModuleRunner | undefined

/** Starts listening for Vitest's messages. */
export function startVitestWorker(modules: RuntimeModules): void {
  installFrames()
  followFakeTimers()
  expectRpcPromises()
  init({
    post: (message: unknown) => {
      const answer = answerToFetch(message, modules)
      if (answer) nativeQueueMicrotask(() => deliver(answer))
      else post(message)
    },
    on: onMessage,
    off: offMessage,
    setup: setupEnvironment,
    runTests: (state: State, traces: Traces) => run('run', state, traces),
    collectTests: (state: State, traces: Traces) => run('collect', state, traces),
    onModuleRunner: (runner: unknown) => {
      const moduleRunner = runner as ModuleRunner
      useModuleRunner(moduleRunner)
      if (prepared === moduleRunner) return
      prepared = moduleRunner
      importsHop(moduleRunner)
      nameImporters(moduleRunner)
      correctFrames()
    },
  })
}

function run(method: 'run' | 'collect', state: State, traces: Traces): Promise<void> {
  state.config.snapshotOptions.snapshotEnvironment = new HostSnapshotEnvironment()
  state.rpc = hopping(state.rpc)
  return runBaseTests(method, state, traces)
}

/**
 * Calls that are made on behalf of an event, such as for a log line, go through the runner object: a
 * promise that is awaited in an event never settles once the event is over, and Vitest waits for all.
 */
function hopping<Rpc extends object>(rpc: Rpc): Rpc {
  return new Proxy(rpc, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function' || !eventContext()) return value
      const call = value as (...args: unknown[]) => Promise<unknown>
      if (key !== 'onUserConsoleLog') return (...args: unknown[]) => inRunnerObject(() => call(...args))
      return async (...args: unknown[]) => postToRunner(() => void call(...args).catch(() => {}))
    },
  })
}

/**
 * Modules that only the runtime has. Asking the host for them would end in "cannot find package"; this
 * answers in front of the socket, in the form of birpc's own frames.
 */
function answerToFetch(message: unknown, modules: RuntimeModules): unknown {
  const { t, m, a, i } = message as { t?: string; m?: string; a?: unknown[]; i?: string }
  if (t !== 'q' || m !== 'fetch' || typeof a?.[0] !== 'string') return undefined
  // Vite may put `/@id/` in front of what it does not resolve.
  const specifier = a[0].replace(/^\/@id\//, '')
  const replacement = modules[specifier]
  if (replacement) return { t: 's', i, r: { externalize: replacement, type: 'module' } }
  // Not the file's own name: that is the name of the module that imports it, for Vitest.
  if (specifier.startsWith(FILE_MODULE_PREFIX)) {
    return { t: 's', i, r: { externalize: specifier, type: 'module' } }
  }
  if (!/^(cloudflare|workerd):/.test(specifier) || specifier === PRIVILEGED) return undefined
  return { t: 's', i, r: { externalize: specifier, type: 'builtin' } }
}
