/**
 * Declares the cases of the contract suites, which run under two pools: ours, and the existing
 * integration (the *oracle*). A case states what the product documents.
 *
 * Where one of the two does something else, `differences.ts` has a line, and the case must fail there: so
 * a line that is no longer true turns the run red.
 */
import { inject, test } from 'vitest'

import { differences } from './differences.ts'

/** Who runs the suites. */
export type Side = 'ours' | 'oracle'

declare module 'vitest' {
  interface ProvidedContext {
    side: Side
  }
}

/** Declares a case. Its name starts with the product and a colon, and is its key in `differences.ts`. */
export function contract(name: string, body: () => void | Promise<void>, timeoutMs?: number): void {
  const difference = differences[name]
  const failing: Side | undefined = difference && (difference.reason === 'our bug' ? 'ours' : 'oracle')
  const declare = failing === inject('side') ? test.fails : test
  declare(name, body, timeoutMs)
}

/** A name that no other case uses: stored data is not undone between the cases of a file under the oracle. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${crypto.randomUUID().replaceAll('-', '')}`
}

/** What a call fails with, as `Name: message`. */
export async function errorOf(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    return String(error)
  }
  throw new Error('nothing was thrown')
}

/** A stream of so many bytes, in chunks, whose length nobody knows in advance. */
export function streamOf(length: number, chunkLength = 65_536): ReadableStream<Uint8Array> {
  let left = length
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const size = Math.min(left, chunkLength)
      if (size > 0) controller.enqueue(new Uint8Array(size).fill(1))
      left -= size
      if (left === 0) controller.close()
    },
  })
}

/** What JavaScript allows and types do not, to see what happens. */
export const any = (value: unknown): never => value as never
