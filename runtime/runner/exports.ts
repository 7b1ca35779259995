/**
 * `exports` as user code may see it: the user's, without the classes that the runner needs. The runtime
 * has no way to leave an export out, so this stands in front of it, for `cloudflare:workers` and for `ctx`.
 */
import * as workers from 'cloudflare:workers'

import {
  DOOR_ENTRYPOINT,
  LOGS_ENTRYPOINT,
  RUNNER_CLASS,
  WORKFLOWS_ENTRYPOINT,
} from '../../shared/protocol.ts'
import { claim } from './privileged.ts'

const HIDDEN: ReadonlySet<PropertyKey> = new Set([
  DOOR_ENTRYPOINT,
  LOGS_ENTRYPOINT,
  RUNNER_CLASS,
  WORKFLOWS_ENTRYPOINT,
])

type Exports = Record<string, unknown>

/** Workflows that are declared without a binding, by class. The runtime does not know what they are. */
const workflows: Exports = Object.fromEntries(claim('exports'))

function hideOurs(target: Exports, onMissing?: (name: string) => void): Exports {
  return new Proxy(target, {
    get(exports, key) {
      if (HIDDEN.has(key)) return undefined
      if (isWorkflow(key)) return workflows[key as string]
      const value: unknown = Reflect.get(exports, key)
      if (value === undefined && typeof key === 'string') onMissing?.(key)
      return value
    },
    has: (exports, key) => isWorkflow(key) || (!HIDDEN.has(key) && Reflect.has(exports, key)),
    ownKeys: (exports) => [
      ...Reflect.ownKeys(exports).filter((key) => !HIDDEN.has(key) && !isWorkflow(key)),
      ...Object.keys(workflows),
    ],
    getOwnPropertyDescriptor: (exports, key) => {
      if (HIDDEN.has(key)) return undefined
      if (!isWorkflow(key)) return Reflect.getOwnPropertyDescriptor(exports, key)
      return {
        value: workflows[key as string],
        configurable: true,
        enumerable: true,
        writable: false,
      }
    },
  })
}

function isWorkflow(key: PropertyKey): boolean {
  return Object.hasOwn(workflows, key)
}

/** `undefined` on runtimes from before `exports`. */
const native = (workers as { exports?: Exports }).exports

/** What `import { exports } from 'cloudflare:workers'` gives to user code. */
export const exports: Exports | undefined = native && hideOurs(native)

/** The same, with a warning for names that analysis did not find. */
const warning: Exports | undefined = native && hideOurs(native, warn)

/** Whether the compatibility settings give contexts an `exports`. */
let contextsHaveExports = false

/** What `ctx.exports` gives; `undefined` where the runtime has none. */
export function contextExports(): Exports | undefined {
  return contextsHaveExports ? warning : undefined
}

function warn(name: string): void {
  console.warn(
    `Attempted to access 'ctx.exports.${name}', which was not defined for the main Worker.\n` +
      `Check that '${name}' is exported as an entry-point from the Worker.\n` +
      "The 'vitest-pool-workerd' integration tries to infer these exports by analyzing the source code of the main Worker.\n",
  )
}

/** Gives an event's context the exports that user code may see. */
export function hideOurExports(ctx: object): void {
  if (!('exports' in ctx)) return
  contextsHaveExports = true
  Object.defineProperty(ctx, 'exports', { value: warning, configurable: true, enumerable: true })
}
