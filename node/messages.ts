/** Vitest messages: their bytes, and what has to change in them before an isolate can use them. */
import { readFileSync } from 'node:fs'

import { decode, encode } from '../shared/codec/index.ts'

/** Vitest 5.1.1 and later put the source map behind this, at the end of the cached file. */
const SOURCE_MAP_SEPARATOR = '\n//# vitestSourceMap='

type Plain = Record<string, unknown>

/** The stream of messages between Vitest and one pool worker. */
export class MessageStream {
  /** Calls of the isolate whose answers may name files that only we can read. */
  readonly #fetches = new Map<string, 'fetch' | 'fetchWarmModules'>()

  /** Vitest → isolate. */
  encode(message: unknown): Uint8Array {
    return encode(this.#adapt(message))
  }

  /** Isolate → Vitest. */
  decode(bytes: Uint8Array): unknown {
    const message = decode(bytes)
    const { t, m, i } = message as { t?: unknown; m?: unknown; i?: unknown }
    if (t === 'q' && (m === 'fetch' || m === 'fetchWarmModules')) this.#fetches.set(String(i), m)
    return message
  }

  #adapt(message: unknown): unknown {
    const plain = message as Plain
    if (plain['type'] === 'start') return withRunnerConfig(plain)
    if (plain['t'] !== 's') return message
    const id = String(plain['i'])
    const method = this.#fetches.get(id)
    if (!method) return message
    this.#fetches.delete(id)
    const result = plain['r']
    if (typeof result !== 'object' || result === null) return message
    if (method === 'fetchWarmModules') return { ...plain, r: inlinedAll(result as Plain) }
    try {
      return { ...plain, r: inlined(result as Plain) }
    } catch (error) {
      return { t: 's', i: plain['i'], e: error }
    }
  }
}

/** Settings that make sense in Node alone. The objects are shared between workers, so they are copied. */
function withRunnerConfig(message: Plain): Plain {
  const context = message['context'] as { config: Plain }
  const config: Plain = { ...context.config, detectAsyncLeaks: false, logHeapUsage: false }
  config['inspector'] = { ...(config['inspector'] as Plain), enabled: false }
  const fakeTimers = config['fakeTimers'] as { toFake?: string[] } | undefined
  if (fakeTimers?.toFake) {
    const toFake = fakeTimers.toFake.filter((name) => name !== 'nextTick')
    config['fakeTimers'] = { ...fakeTimers, toFake }
  }
  return { ...message, context: { ...context, config } }
}

/** A module whose code is in a cache file, with its code. */
function inlined(module: Plain): Plain {
  if (typeof module['tmp'] !== 'string') return module
  const text = readFileSync(module['tmp'], 'utf8')
  const separator = text.lastIndexOf(SOURCE_MAP_SEPARATOR)
  const { cached: _cached, tmp: _tmp, ...rest } = module
  // Up to 5.1.0 and in 4.1 the map is a comment inside the code.
  if (separator < 0) return { ...rest, code: text }
  const sourceMap = text.slice(separator + SOURCE_MAP_SEPARATOR.length) || undefined
  return { ...rest, code: text.slice(0, separator), sourceMap }
}

/** Entries appear twice, by URL and by id; a file that is gone is left for the isolate to ask again. */
function inlinedAll(modules: Plain): Plain {
  const done = new Map<unknown, Plain>()
  const result: Plain = {}
  for (const [key, module] of Object.entries(modules)) {
    try {
      const ready = done.get(module) ?? inlined(module as Plain)
      done.set(module, ready)
      result[key] = ready
    } catch {
      continue
    }
  }
  return result
}
