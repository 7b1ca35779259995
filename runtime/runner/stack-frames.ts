/**
 * What Vite's mapping of stacks has to know about workerd's.
 *
 * - Columns of the first line: Vitest evaluates `wrapper + code` and asks for a column offset that takes
 *   the wrapper away again; workerd's evaluation has no offsets, so the frames are corrected instead.
 *   Vite puts imports on the first line, and with them every statement of a one-line module.
 * - Files: modules are named by their path without the first slash, and frames show that name.
 */

import { withOriginalStack } from './remote-errors.ts'

const offsets = new Map<string, number>()

type Prepare = NonNullable<typeof Error.prepareStackTrace>
type Frame = Parameters<Prepare>[1][number]

/** Remembers how far the first line of a script is off. */
export function setFirstLineOffset(script: string, columns: number): void {
  offsets.set(script, columns)
}

/** Goes in front of Vite's mapping of stacks. Call it after Vite has installed that. */
export function correctFrames(): void {
  const prepare = Error.prepareStackTrace
  if (!prepare) return
  Error.prepareStackTrace = (error, frames) => withOriginalStack(error, prepare(error, frames.map(corrected)))
}

function corrected(frame: Frame): Frame {
  const script = frame.getFileName() ?? frame.getScriptNameOrSourceURL()
  if (!script) return frame
  const offset = frame.getLineNumber() === 1 ? offsets.get(script) : undefined
  if (offset !== undefined) {
    const column = Math.max(1, (frame.getColumnNumber() ?? 1) - offset)
    const text = frame.toString().replace(/:1:\d+(?=\)?$)/, `:1:${column}`)
    return replaced(frame, { getColumnNumber: () => column, toString: () => text })
  }
  // Neither a path, nor a URL, nor a built-in module.
  if (!/^[^/:<]+\//.test(script)) return frame
  const file = `/${script}`
  const text = frame.toString().replace(script, file)
  const name = (): string => file
  return replaced(frame, { getFileName: name, getScriptNameOrSourceURL: name, toString: () => text })
}

/** A frame with some answers replaced. Frames are objects of V8, whose methods insist on their receiver. */
function replaced(frame: Frame, answers: Partial<Frame> & { toString(): string }): Frame {
  return new Proxy(frame, {
    get(target, key) {
      if (Object.hasOwn(answers, key)) return (answers as Record<PropertyKey, unknown>)[key]
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
    },
  })
}
