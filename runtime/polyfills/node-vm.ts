/**
 * `node:vm` for Vitest's own modules: evaluation in this context, which workerd leaves out. Vitest's
 * pools with contexts of their own import the other names, and never run here.
 */
import { claim } from '../runner/privileged.ts'
import { setFirstLineOffset } from '../runner/stack-frames.ts'

const unsafeEval = claim('node:vm')

interface Options {
  filename?: string
  columnOffset?: number
}

/** Evaluates a script and returns its completion value. */
export function runInThisContext(code: string, options?: Options | string): unknown {
  const { filename, columnOffset = 0 } = typeof options === 'string' ? { filename: options } : (options ?? {})
  if (filename && columnOffset < 0) setFirstLineOffset(filename, -columnOffset)
  return unsafeEval.eval(code, filename)
}

export function isContext(): boolean {
  return false
}

function unavailable(name: string): () => never {
  return () => {
    throw new Error(`node:vm ${name} is not available inside workerd`)
  }
}

export const createContext = unavailable('createContext')
export const runInContext = unavailable('runInContext')
export const runInNewContext = unavailable('runInNewContext')
export const compileFunction = unavailable('compileFunction')
export class Script {
  constructor() {
    unavailable('Script')()
  }
}
export class SourceTextModule extends Script {}
export class SyntheticModule extends Script {}

export default {
  Script,
  SourceTextModule,
  SyntheticModule,
  compileFunction,
  createContext,
  isContext,
  runInContext,
  runInNewContext,
  runInThisContext,
}
