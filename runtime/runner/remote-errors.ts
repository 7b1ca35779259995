/**
 * Errors that crossed the runtime, through `SELF`, an entrypoint or a Durable Object. They arrive as
 * copies without the stack of where they were thrown; but that was in this isolate, so the original is
 * known here, and lends its stack to the copy.
 */
import { isOwn, withoutOwnFrames } from './own-frames.ts'

/** So many originals are remembered; a test that looks at an error does so at once. */
const REMEMBERED_MAX = 64

const thrown: Error[] = []

/** Runs an event's code, and remembers what it throws on the way out. */
export async function rememberingErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof Error) {
      thrown.push(error)
      if (thrown.length > REMEMBERED_MAX) thrown.shift()
    }
    throw error
  }
}

/** The stack of the original in front of the copy's, which shows who made the call. */
export function withOriginalStack(copy: unknown, stack: unknown): unknown {
  if (!(copy instanceof Error) || (copy as { remote?: unknown }).remote !== true) return stack
  const original = thrown.findLast((error) => error !== copy && isCopyOf(copy, error))
  const there = original?.stack
  if (!there || typeof stack !== 'string') return stack
  const calls = stack.split('\n').filter((line) => /^\s+at /.test(line) && !isOwn(line))
  return [withoutOwnFrames(there), ...calls].join('\n')
}

/** Older compatibility dates put the class in front of the message. */
function isCopyOf(copy: Error, original: Error): boolean {
  return copy.message === original.message || copy.message === `${original.name}: ${original.message}`
}
