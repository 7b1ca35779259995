/**
 * Calls of the Worker that nobody has to await, as `void stub.save()`. They are counted, so that a test is
 * not over before they are. Unlike those of handlers, their errors are always passed on: somebody may have
 * kept the promise.
 */
import { UnderWay } from './storage-calls.ts'

/** Counts a call until it settles. */
export async function countCall<T>(run: () => Promise<T>): Promise<T> {
  const call = new UnderWay('handler')
  try {
    return await run()
  } finally {
    call.done()
  }
}
