/** What users write, as types. The rules behind them are in Rust, in `src/options`. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { ProvidedContext } from 'vitest'

import { PoolError } from './native.ts'

/** Where the configuration of the Worker comes from. */
export interface WranglerOptions {
  /**
   * Path of a `wrangler.jsonc`, `.json` or `.toml` file, relative to the project's root. Without it no
   * file is read.
   * @example './wrangler.jsonc'
   */
  configPath?: string
  /**
   * A named environment of that file. Default: the variable `CLOUDFLARE_ENV`, else the top level.
   * @example 'staging'
   */
  environment?: string
}

/** A Durable Object binding: the class, or its details. */
export type DurableObjectOption =
  | string
  | {
      /** Name under which `main` exports the class. */
      className: string
      /** The Worker that exports the class. Default: this Worker. */
      scriptName?: string
      /** Whether `ctx.storage.sql` can be used. Default: what the Wrangler file's migrations say, else `false`. */
      useSQLite?: boolean
      /** What object ids are derived from. Default: the names of the Worker and of the class. */
      unsafeUniqueKey?: string
    }

/** How `main` receives from a queue. */
export interface QueueConsumerOption {
  /** Messages that make a batch due at once, 0–100. Default: 5. */
  maxBatchSize?: number
  /** Seconds after which a smaller batch is due, 0–60. Default: 1. */
  maxBatchTimeout?: number
  /** Attempts after the first, 0–100. Default: 2. */
  maxRetries?: number
  /** Seconds before another attempt, 0–86400. Default: 0. */
  retryDelay?: number
  /** Where messages go after the last attempt. Default: nowhere, they are dropped. */
  deadLetterQueue?: string
  /** Batches under way at a time, 1–250. Default: 1. */
  maxConcurrency?: number
}

/** A Workflow of `main`. */
export interface WorkflowOption {
  /** Its name, 1–64 characters. No two bindings have the same. */
  name: string
  /** The name under which `main` exports the class. */
  className: string
  /** The Worker that exports it. Default: this Worker. */
  scriptName?: string
  /** Steps that an instance may have, sleeps not counted. Default: 10,000. */
  stepLimit?: number
}

/**
 * A function that answers the requests of a service binding. It runs in Node, in Vitest's process, for every test
 * file. What it throws becomes a response with status 500 and the error's stack as its text.
 */
export type ServiceFunction = (request: ServiceRequest, instance: unknown) => Response | Promise<Response>

/** A request as a {@link ServiceFunction} gets it. */
export type ServiceRequest = Request & {
  /** What the Worker passed as `cf`, if anything. */
  cf?: Record<string, unknown>
}

/** What the requests of a service binding are answered by. */
export type ServiceOption =
  /** A Worker, by its name. */
  | string
  /** A Worker, or with `kCurrentWorker` of Miniflare the Worker itself. `props` arrive as `ctx.props`. */
  | { name: string | symbol; entrypoint?: string; props?: Record<string, unknown> }
  | symbol
  | ServiceFunction
  /** A function that takes what a server of `node:http` gives. */
  | { node: (request: IncomingMessage, response: ServerResponse, instance: unknown) => unknown }
  /** A network. `'public'`, `'private'`, `'local'` or address ranges; default: `['public']`. */
  | { network: { allow?: string[]; deny?: string[] } }
  /** A server, whatever the URL of a request says. @example { external: { address: 'localhost:8080', http: {} } } */
  | { external: { address: string; http?: object; https?: { certificateHost?: string } } }
  /** A folder: `GET` reads files, and with `writable` `PUT` and `DELETE` change them. */
  | { disk: { path: string; writable?: boolean; allowDotfiles?: boolean } }

/** A Worker beside the one under test, built. All options of {@link MiniflareOptions} are possible besides. */
export interface AuxiliaryWorkerOption extends MiniflareOptions {
  /** The name that bindings refer to. */
  name: string
  /** Its code. */
  script?: string
  /** A built file, relative to `rootPath`. What it imports by relative paths comes with it. */
  scriptPath?: string
  /**
   * Whether the code is an ES module, and no service worker; default: `false`. Or all modules, the entry first; without
   * `contents` the file is read.
   */
  modules?:
    | boolean
    | {
        type: 'ESModule' | 'CommonJS' | 'Text' | 'Data' | 'CompiledWasm' | 'JSON'
        path: string
        contents?: string
      }[]
  /** What paths of `modules` are relative to, as names. Default: the folder of the first. */
  modulesRoot?: string
  /** What its paths are relative to. Default: the project's root. */
  rootPath?: string
}

/** Runtime options, in the words of Miniflare. They win over the Wrangler file. */
export interface MiniflareOptions {
  /** `YYYY-MM-DD`. Default: the Wrangler file's, else the newest that the runtime takes. */
  compatibilityDate?: string
  /** Added to the Wrangler file's. Default: none. @example ['nodejs_compat'] */
  compatibilityFlags?: string[]
  /** Variables: strings or other JSON values. @example { API_KEY: 'test' } */
  bindings?: Record<string, unknown>
  /** KV namespaces: names, or ids by name. Equal ids share their data. @example ['SESSIONS'] */
  kvNamespaces?: string[] | Record<string, string | { id: string }>
  /** D1 databases, in the same forms. @example { DB: 'library' } */
  d1Databases?: string[] | Record<string, string | { id: string }>
  /** R2 buckets: names, or bucket names by name. @example { FILES: 'uploads' } */
  r2Buckets?: string[] | Record<string, string | { id: string }>
  /** Bindings that send: names, or queues by name. `deliveryDelay` in seconds, default 0. */
  queueProducers?: string[] | Record<string, string | { queueName: string; deliveryDelay?: number }>
  /**
   * Queues that `main` receives from. Replaces all settings that the Wrangler file has for a queue.
   * @example { jobs: { maxBatchTimeout: 0.05 } }
   */
  queueConsumers?: string[] | Record<string, QueueConsumerOption>
  /** Whether `caches` stores anything. Default: `true`. */
  cacheAPI?: boolean
  /** Files that are text, bytes or WebAssembly, after the Wrangler file's. @example [{ type: 'Text', include: ['**\/*.md'] }] */
  modulesRules?: { type: string; include: string[]; fallthrough?: boolean }[]
  /** Files by binding name, as a string, an `ArrayBuffer`, a `WebAssembly.Module`. @example { LICENSE: './LICENSE' } */
  textBlobBindings?: Record<string, string>
  dataBlobBindings?: Record<string, string>
  wasmBindings?: Record<string, string>
  /** Name of the binding with the version of the Worker. */
  versionMetadata?: string
  /** Durable Object classes by binding name. @example { COUNTER: 'Counter' } */
  durableObjects?: Record<string, DurableObjectOption>
  /**
   * What service bindings lead to: Workers, functions, servers. Replaces `services` of the Wrangler file by name.
   * @example { AUTH: async (request) => new Response(request.headers.get('authorization')) }
   */
  serviceBindings?: Record<string, ServiceOption>
  /** Who answers requests of `fetch()` that nothing mocks. Default: the network. */
  outboundService?: ServiceOption
  /** Workers beside this one; those that need building are better named in `auxiliaryWorkers`. */
  workers?: AuxiliaryWorkerOption[]
  /**
   * Values that a function of another Worker's makes of that Worker's bindings. The other one is a single module, in `workers`.
   * @example { GREETER: { scriptName: 'greeter', entrypoint: 'greeter', bindings: { NAME: 'Ada' } } }
   */
  wrappedBindings?: Record<
    string,
    string | { scriptName: string; entrypoint?: string; bindings?: Record<string, unknown> }
  >
  /** Of auxiliary Workers: who receives what they log. */
  tails?: ServiceOption[]
  /** Workflows by binding name. @example { ORDERS: { name: 'orders', className: 'Orders' } } */
  workflows?: Record<string, WorkflowOption>
  /** Options that other versions know; each one that has no effect is named in a warning. */
  [option: string]: unknown
}

/** Options of `workers()`. */
export interface WorkersOptions {
  /**
   * The Worker under test, relative to the project's root. It goes through Vite, so it may be
   * TypeScript. Default: `main` of the Wrangler file; without either, tests can use bindings alone.
   * @example './src/index.ts'
   */
  main?: string
  /**
   * When stored data is undone: after every test and suite (`true` or `'test'`), after every file
   * (`'file'`), or not at all while a runtime lives (`false`). Default: `'test'`, and `'file'` when
   * imported as `cloudflareTest`.
   */
  isolatedStorage?: boolean | 'test' | 'file'
  /**
   * How much of the network the Worker and its tests may reach: everything, this machine alone, or nothing.
   * Whatever is refused rejects with an error that names it, unless something mocks it. Default: `'all'`.
   * @example 'loopback'
   */
  network?: 'all' | 'loopback' | 'none'
  /** A Wrangler file to take bindings and settings from. */
  wrangler?: WranglerOptions
  /**
   * Wrangler files of other Workers, which run beside the one under test. They are bundled from their sources, and
   * bindings find them by their names.
   * @example [{ configPath: '../auth/wrangler.jsonc' }]
   */
  auxiliaryWorkers?: {
    configPath: string
    environment?: string
    /** What is laid over the file, by the rules of {@link WorkersOptions.miniflare}. */
    miniflare?: MiniflareOptions
  }[]
  /** Bindings and settings that are not in the Wrangler file, or replace what is. */
  miniflare?: MiniflareOptions
  /**
   * Exports of `main` that static analysis cannot see, for example behind `export *` from a CommonJS package.
   * @example { Counter: 'DurableObject' }
   */
  additionalExports?: Record<string, 'WorkerEntrypoint' | 'DurableObject' | 'WorkflowEntrypoint'>
  /**
   * Whether all files share one runtime, one after another: `test.isolate: false` with `maxWorkers: 1`. Has no effect in what
   * an options function returns, which is asked too late. Default: `false`.
   */
  singleWorker?: boolean
  /** Accepted for compatibility; nothing is ever proxied to an account. */
  remoteBindings?: boolean
  /** The older spelling of `remoteBindings`. */
  experimental_remoteBindings?: boolean
  /** Accepted for compatibility. */
  verbose?: boolean
}

/** What an options function is given. */
export interface OptionsContext {
  /** Reads what `globalSetup` provided. */
  inject: <Key extends keyof ProvidedContext & string>(key: Key) => ProvidedContext[Key]
}

/** Options, or a function that makes them after `globalSetup` has run. */
export type WorkersOptionsSource =
  | WorkersOptions
  | ((context: OptionsContext) => WorkersOptions | Promise<WorkersOptions>)

/** Runs an options function; leaves anything else alone. */
export async function resolveOptions(
  source: WorkersOptionsSource,
  inject: OptionsContext['inject'],
): Promise<WorkersOptions> {
  return typeof source === 'function' ? await source({ inject }) : source
}

/** A function of the options. The native side knows its path. */
export type OptionFunction = (...args: unknown[]) => unknown

/** What Miniflare exports as `kCurrentWorker`. */
const CURRENT_WORKER = Symbol.for('miniflare.kCurrentWorker')

/** Options as JSON, for the native side; and functions by their paths, which stay here. */
export function serializeOptions(options: unknown): {
  json: string
  functions: Map<string, OptionFunction>
} {
  const functions = new Map<string, OptionFunction>()
  const plain = (value: unknown, path: string, parents: readonly unknown[]): unknown => {
    // The native side reads these in `src/options/raw.rs`.
    if (typeof value === 'function') {
      functions.set(path, value as OptionFunction)
      return { '\0function': path }
    }
    if (value === CURRENT_WORKER) return { '\0currentWorker': true }
    if (typeof value === 'bigint' || typeof value === 'symbol') {
      throw new PoolError('ERR_OPTIONS', refusal(path, `a ${typeof value}`))
    }
    if (typeof value !== 'object' || value === null) return value
    if (parents.includes(value)) throw new PoolError('ERR_OPTIONS', refusal(path, 'a reference to itself'))
    const below = [...parents, value]
    if (Array.isArray(value)) return value.map((item, index) => plain(item, `${path}[${index}]`, below))
    const entries = Object.entries(value).map(([key, item]) => [
      key,
      plain(item, path ? `${path}.${key}` : key, below),
    ])
    return Object.fromEntries(entries)
  }
  return { json: JSON.stringify(plain(options, '', [])) ?? 'null', functions }
}

function refusal(path: string, what: string): string {
  return (
    `Invalid options\n  workers() option ${path} is ${what}\n` +
    '  help: use a string, number, boolean, null, array or object; bindings are JSON values'
  )
}
