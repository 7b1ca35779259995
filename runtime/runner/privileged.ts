/**
 * What the runner may do and user code may not: evaluating strings, reaching the runner object, the
 * secret. The bindings are taken out of `env` here, when the isolate starts and before any user code
 * exists, so `env` shows the user's bindings and nothing else.
 *
 * Each value can be claimed once. All claims happen while our own modules load; whoever finds this
 * module later finds nothing in it.
 */
import { env } from 'cloudflare:workers'

import type { RunnerFacts } from '../../shared/protocol.ts'
import {
  ASSETS_BINDING,
  DISPATCHER_BINDING,
  FACTS_BINDING,
  OBJECTS_BINDING_PREFIX,
  RUNNER_BINDING,
  SECRETS_BINDING_PREFIX,
  SELF_BINDING,
  UNSAFE_EVAL_BINDING,
  WORKFLOW_BINDING_PREFIX,
  WORKFLOW_EXPORT_PREFIX,
} from '../../shared/protocol.ts'

/** workerd's `unsafeEval` binding. Unlike `import()`, it evaluates in the current I/O context. */
export interface UnsafeEval {
  /** Runs a classic script, named `name` in stacks, and returns its completion value. */
  eval(code: string, name?: string): unknown
  /** Compiles a module. */
  newWasmModule(bytes: ArrayBuffer): WebAssembly.Module
  /** Like `new Function`. The parameters come last. */
  newFunction(body: string, name?: string, ...parameters: string[]): (...args: unknown[]) => unknown
}

/** Namespace of an ephemeral Durable Object, which has names instead of ids. */
export interface EphemeralNamespace {
  get(name: string): Fetcher
}

/** Who may claim what. */
const BINDING_OF = {
  'node:vm': UNSAFE_EVAL_BINDING,
  function: UNSAFE_EVAL_BINDING,
  defines: UNSAFE_EVAL_BINDING,
  'io-context': RUNNER_BINDING,
  self: SELF_BINDING,
  inspection: SELF_BINDING,
  deliveries: DISPATCHER_BINDING,
  assets: ASSETS_BINDING,
} as const

const bindings = env as unknown as Record<string, unknown>
const unclaimed = new Map<string, unknown>(
  Object.entries(BINDING_OF).map(([claimant, name]) => [claimant, bindings[name]]),
)
for (const name of Object.values(BINDING_OF)) delete bindings[name]
const { secret, ...facts } = (bindings[FACTS_BINDING] ?? {}) as RunnerFacts
delete bindings[FACTS_BINDING]
for (const claimant of ['globals', 'runner']) unclaimed.set(claimant, facts)
for (const claimant of ['door', 'blocking calls']) unclaimed.set(claimant, secret)
unclaimed.set('objects', takeByPrefix(OBJECTS_BINDING_PREFIX))
unclaimed.set('workflows', takeByPrefix(WORKFLOW_BINDING_PREFIX))
unclaimed.set('exports', takeByPrefix(WORKFLOW_EXPORT_PREFIX))
unclaimed.set('secrets', takeByPrefix(SECRETS_BINDING_PREFIX))

/** What belongs to classes of the user Worker, by the name of the class. */
function takeByPrefix(prefix: string): Map<string, unknown> {
  const taken = new Map<string, unknown>()
  for (const name of Object.keys(bindings)) {
    if (!name.startsWith(prefix)) continue
    taken.set(name.slice(prefix.length), bindings[name])
    delete bindings[name]
  }
  return taken
}

/** Takes a value, once for each claimant. */
export function claim(claimant: 'node:vm' | 'function' | 'defines'): UnsafeEval
export function claim(claimant: 'io-context'): EphemeralNamespace
export function claim(claimant: 'self' | 'inspection'): Fetcher
export function claim(claimant: 'deliveries' | 'assets'): Fetcher | undefined
export function claim(claimant: 'objects'): ReadonlyMap<string, DurableObjectNamespace>
export function claim(claimant: 'globals' | 'runner'): Omit<RunnerFacts, 'secret'>
export function claim(claimant: 'door' | 'blocking calls'): string
export function claim(claimant: 'workflows'): ReadonlyMap<string, Fetcher>
export function claim(claimant: 'exports'): ReadonlyMap<string, object>
export function claim(claimant: 'secrets'): ReadonlyMap<string, KVNamespace>
export function claim(claimant: string): unknown {
  if (!unclaimed.has(claimant)) throw new Error(`vitest-pool-workerd: ${claimant} has been claimed`)
  const value = unclaimed.get(claimant)
  unclaimed.delete(claimant)
  return value
}
