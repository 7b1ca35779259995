/** What the Wrangler file makes of code and of bytes: global variables (`define`), and bindings that are WebAssembly. */
import { env } from 'cloudflare:workers'

import { facts } from './facts.ts'
import { claim } from './privileged.ts'

const unsafeEval = claim('defines')

/**
 * Makes global variables, before user code exists. Their values are expressions, which are evaluated once. A name with
 * dots is a property of an object, which is made if it has to be.
 */
export function installDefines(): void {
  for (const [name, expression] of facts.defines) {
    const path = name.split('.')
    const last = path.pop()!
    let target = globalThis as Record<string, unknown>
    for (const part of path) {
      const inside = target[part]
      const isObject = (typeof inside === 'object' && inside !== null) || typeof inside === 'function'
      target = (isObject ? inside : (target[part] = {})) as Record<string, unknown>
    }
    target[last] = valueOf(name, expression)
  }
}

/** Compiles bindings, which workerd does for service workers only. */
export function compileBindings(): void {
  const bindings = env as unknown as Record<string, unknown>
  for (const name of facts.wasmBindings) {
    bindings[name] = unsafeEval.newWasmModule(bindings[name] as ArrayBuffer)
  }
}

function valueOf(name: string, expression: string): unknown {
  try {
    return unsafeEval.eval(`(${expression}\n)`, 'define')
  } catch (error) {
    throw new Error(
      `\`define.${name}\` of the Wrangler file is no expression: ${expression}\n` +
        '  help: strings need quotes of their own, as in `"\\"text\\""`',
      { cause: error },
    )
  }
}
