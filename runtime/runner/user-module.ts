/**
 * The Worker under test, loaded through Vite so that edits and mocks take effect. A test that imports
 * `main` gets the same instance as the handlers do.
 */
import type { ModuleRunner } from 'vite/module-runner'

import { eventContext, inRunnerObject } from './io-context.ts'
import { facts } from './facts.ts'

export type UserModule = Record<string, unknown>

let moduleRunner: ModuleRunner | undefined
let loaded: UserModule | undefined
let loading = 0
let lastLoad: Promise<unknown> = Promise.resolve()

/** Vitest's module runner, once there is one. */
export function useModuleRunner(runner: ModuleRunner): void {
  moduleRunner = runner
}

/** `main`, at once if it is loaded and nothing has invalidated it. `bindings` are of what needs it. */
export function loadMain(bindings = 'service bindings'): UserModule | Promise<UserModule> {
  if (!facts.main) {
    throw new Error(
      `Using ${bindings} to the current worker requires \`main\` to be set to your worker's entrypoint`,
    )
  }
  // While somebody is loading, everybody queues behind them: calls that were made in one go must
  // reach user code in their order.
  if (loading === 0 && loaded && isCurrent(loaded)) return loaded
  loading += 1
  const done = inRunnerObject(() => (lastLoad = lastLoad.then(importMain, importMain)) as Promise<UserModule>)
  return done.finally(() => (loading -= 1))
}

async function importMain(): Promise<UserModule> {
  if (loaded && isCurrent(loaded)) return loaded
  if (!moduleRunner) throw new Error(NOT_RUNNING)
  loaded = (await moduleRunner.import(facts.main!)) as UserModule
  return loaded
}

const NOT_RUNNING = 'Expected Vitest to start running before importing modules.'

/** `vi.resetModules()` and watch mode take the exports off the module's node. */
function isCurrent(exports: UserModule): boolean {
  for (const node of moduleRunner?.evaluatedModules.getModulesByFile(facts.main ?? '') ?? []) {
    if (node.exports === exports) return true
  }
  return false
}

/** Imports on behalf of a module that runs in an event fetch over the runner's socket. */
export function importsHop(runner: ModuleRunner): void {
  const transport = (runner as unknown as { transport: { invoke(...args: unknown[]): Promise<unknown> } })
    .transport
  const invoke = transport.invoke.bind(transport)
  transport.invoke = (...args) => (eventContext() ? inRunnerObject(() => invoke(...args)) : invoke(...args))
}
