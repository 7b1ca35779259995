/**
 * Names and numbers that TypeScript and Rust must agree on; `src/protocol.rs` is the other half, and a
 * Rust test compares the two. Written so that each stands on one line.
 */

export const RUNNER_SECRET_HEADER = 'x-vpw-secret'
export const SCHEME_HEADER = 'x-vpw-scheme'
export const CF_HEADER = 'x-vpw-cf'
export const FUNCTION_HEADER = 'x-vpw-function'
export const UNSAFE_EVAL_BINDING = '__VITEST_POOL_WORKERD_EVAL'
export const RUNNER_BINDING = '__VITEST_POOL_WORKERD_RUNNER'
export const SELF_BINDING = '__VITEST_POOL_WORKERD_SELF'
export const DISPATCHER_BINDING = '__VITEST_POOL_WORKERD_DISPATCHER'
export const OBJECTS_BINDING_PREFIX = '__VITEST_POOL_WORKERD_OBJECTS_'
export const FACTS_BINDING = '__VITEST_POOL_WORKERD_FACTS'
export const RUNNER_CLASS = '__VitestPoolWorkerdRunner'
export const DOOR_ENTRYPOINT = '__VitestPoolWorkerdDoor'
export const BLOCKING_CALL_MODULE = 'vitest-pool-workerd-call'
export const LOGS_ENTRYPOINT = '__VitestPoolWorkerdLogs'
export const WORKFLOWS_ENTRYPOINT = '__VitestPoolWorkerdWorkflows'
export const WORKFLOW_BINDING_PREFIX = '__VITEST_POOL_WORKERD_WORKFLOW_'
export const WORKFLOW_EXPORT_PREFIX = '__VITEST_POOL_WORKERD_EXPORT_'
export const ASSETS_BINDING = '__VITEST_POOL_WORKERD_ASSETS'
export const FOR_WORKER_HEADER = 'x-vpw-for-worker'
export const SECRETS_BINDING_PREFIX = '__VITEST_POOL_WORKERD_SECRETS_'

/** How much of the network may be reached. */
export type Network = 'all' | 'loopback' | 'none'

/** What `node/` tells the runner before any message arrives. */
export interface GlueFacts {
  /** Absolute path of the Worker under test, or `null`. */
  main: string | null
  /** Working directory of the Node process. */
  cwd: string
  /** Variables of `process.env` that Vitest set for its workers. */
  env: Record<string, string>
  /** Between what storage is undone. */
  isolatedStorage: 'test' | 'file' | 'shared'
}

/** All that the runner is told. `src/pool/prepare.rs` adds the rest. */
export interface RunnerFacts extends GlueFacts {
  /** Opens the door and the runner object; nobody else knows it. */
  secret: string
  network: Network
  /** Queues that the Worker receives from, and how many batches of each may be under way. */
  consumers: { queue: string; concurrency: number }[]
  /** Durable Object classes of the user Worker, and the keys that their namespaces are stored by. */
  durableObjects: { className: string; uniqueKey: string }[]
  /** Whether auxiliary Workers have Durable Objects. Nobody tells the runner when they are used. */
  hasAuxiliaryObjects: boolean
  /** Names in `env` of bytes that become `WebAssembly.Module`s. */
  wasmBindings: string[]
  /** Global variables, dots for properties of them, and expressions that are their values. */
  defines: [name: string, expression: string][]
  /** Secrets of stores, by binding. */
  secrets: { binding: string; storeId: string; secretName: string }[]
  /** Bindings that send emails, and Analytics Engine datasets: the logs that hold what was written. */
  logs: { binding: string; log: string }[]
  /** The Workflows that are bound, or declared without a binding. */
  workflows: WorkflowFacts[]
}

/** A Workflow and its binding. */
export interface WorkflowFacts {
  /** Name in `env`; `null` if only `ctx.exports` has it. */
  binding: string | null
  name: string
  /** Of an auxiliary Worker, behind the name of that. @example 'billing/Invoices' */
  className: string
  /** Steps that an instance may have; `null` for the product's default. */
  stepLimit: number | null
}

/** What the runner may ask of the host. `src/pool/host_call.rs` answers. */
export type HostCall =
  | { op: 'pushFrame' }
  | { op: 'popFrame' }
  | { op: 'replaceFrame' }
  /** Remembers what is stored now. */
  | { op: 'mark' }
  /** Leaves nothing stored, or what was remembered. */
  | { op: 'reset'; toMark: boolean }
  /** Milliseconds since the epoch; `null` lets the clock go on. */
  | { op: 'stopClock'; atMs: number | null }
  /** Waits for a batch, and answers with it as JSON. A slot has one batch at a time. */
  | { op: 'nextBatch'; queue: string; slot: number }
  /** What became of the batch, as JSON; answers with lines for the user. */
  | { op: 'finishBatch'; queue: string; slot: number; result: string }
  /** Ids of the objects of a namespace that have run, as a JSON array of hexadecimal strings. */
  | { op: 'listObjects'; uniqueKey: string }
  /** What Workers have written, as JSON: `{ arrived, records }`. @example 'analytics/clicks', 'email/MAILER' */
  | { op: 'readLog'; log: string }
  | { op: 'readFile'; path: string }
  | { op: 'writeFile'; path: string; text: string }
  | { op: 'removeFile'; path: string }

/** The answer to a {@link HostCall}. */
export type HostAnswer = { ok: string | null } | { error: string }

/** Virtual modules of ours that the isolate has and Vite does not; the runner loads them itself. */
export const CLOUDFLARE_TEST_MODULE = 'vitest-pool-workerd:cloudflare-test'

/**
 * Start of specifiers that leave a file of the project to workerd, as it leaves files of packages: an absolute
 * path follows. What stands there is a module by a rule, and no JavaScript.
 */
export const FILE_MODULE_PREFIX = 'vitest-pool-workerd:file'
