/**
 * Values that steps return, as they are stored. A stream is read to its end, and each reader gets one of its
 * own.
 */

// Captured: tests replace globals.
const NativeReadableStream = ReadableStream
const NativeResponse = Response
const nativeClone = structuredClone

/** A value that can be handed out again and again. */
export type Stored = { value: unknown } | { bytes: Uint8Array }

/** Throws a `DataCloneError` for what cannot be stored, and a `TypeError` for what refers to itself. */
export async function store(value: unknown): Promise<Stored> {
  if (value instanceof NativeReadableStream) {
    return { bytes: new Uint8Array(await new NativeResponse(value).arrayBuffer()) }
  }
  const clone = nativeClone(value)
  // The product stores no such values, though they could be cloned.
  JSON.stringify(clone, (_key, part: unknown) => (typeof part === 'bigint' ? '' : part))
  return { value: clone }
}

export function restore(stored: Stored): unknown {
  return 'bytes' in stored ? new NativeResponse(stored.bytes).body : stored.value
}
