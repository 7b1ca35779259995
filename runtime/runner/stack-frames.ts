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

/** Where our own code is, as frames name it. */
const OWN_FOLDER = /([^\s(]*)\/[^/\s]+:\d+:\d+\)?$/.exec(new Error('where am I').stack ?? '')?.[1]

function isOwn(line: string): boolean {
  return OWN_FOLDER !== undefined && /^\s+at /.test(line) && line.includes(`${OWN_FOLDER}/`)
}

/** Ends a stack where the user's code was called by ours. For errors that are printed as they are. */
export function hideOwnFrames(error: unknown): void {
  if (error instanceof Error && error.stack) error.stack = upToOwn(error.stack.split('\n')).join('\n')
}

/** The frames of the user's code that called ours, where `site` was made; its message is one line. */
function callersFrames(site: Error): string[] {
  const frames = (site.stack ?? '').split('\n').slice(1)
  return upToOwn(frames.slice(frames.findIndex((line) => !isOwn(line))))
}

/** Lets an error that our code or the runtime threw begin where the user called us; `site` was made there. */
export function blameCaller(error: unknown, site: Error): void {
  if (!(error instanceof Error)) return
  const first = error.stack?.split('\n').find((line) => /^\s+at /.test(line))
  if (first !== undefined && !isOwn(first)) return
  error.stack = [`${error.name}: ${error.message}`, ...callersFrames(site)].join('\n')
}

function upToOwn(lines: string[]): string[] {
  const own = lines.findIndex(isOwn)
  return own < 0 ? lines : lines.slice(0, own)
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
