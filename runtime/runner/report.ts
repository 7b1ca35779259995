/** Errors that nobody catches and no test fails by: they are printed, and that cannot fail in turn. */
import { hideOwnFrames } from './own-frames.ts'

/** Prints what happened, and why. Tests may have put anything in place of `console.error`. */
export function report(what: string, ...reason: [] | [error: unknown]): void {
  try {
    hideOwnFrames(reason[0])
    console.error(what, ...reason)
  } catch {
    // A console that throws on errors has its own way of telling.
  }
}
