/**
 * Columns of the first line. Vitest evaluates `wrapper + code` and asks for a column offset that takes
 * the wrapper away again; workerd's evaluation has no offsets, so the frames are corrected instead.
 * Vite puts imports on the first line, and with them every statement of a one-line module.
 */

const offsets = new Map<string, number>()

type Prepare = NonNullable<typeof Error.prepareStackTrace>
type Frame = Parameters<Prepare>[1][number]

/** Remembers how far the first line of a script is off. */
export function setFirstLineOffset(script: string, columns: number): void {
  offsets.set(script, columns)
}

/** Goes in front of Vite's mapping of stacks. Call it after Vite has installed that. */
export function alignFirstLine(): void {
  const prepare = Error.prepareStackTrace
  if (!prepare) return
  Error.prepareStackTrace = (error, frames) => prepare(error, frames.map(aligned))
}

function aligned(frame: Frame): Frame {
  const script = frame.getFileName() ?? frame.getScriptNameOrSourceURL()
  const offset = script ? offsets.get(script) : undefined
  if (offset === undefined || frame.getLineNumber() !== 1) return frame
  // Frames are objects of V8 whose methods insist on their receiver.
  return new Proxy(frame, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      const method = (value as (...args: unknown[]) => unknown).bind(target)
      return key === 'getColumnNumber' ? () => Math.max(1, Number(method()) - offset) : method
    },
  })
}
