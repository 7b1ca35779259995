/**
 * One message between Node's addon and the isolate: a small header and an opaque body. The bytes are
 * a MessagePack array `[kind, channel, id, body]`; `src/rpc/envelope.rs` is the other implementation.
 * Pure.
 */

/** What a body is for. The numbers are those of `Kind` in Rust. */
export const KIND = { MESSAGE: 1, REQUEST: 2, RESPONSE: 3, PART: 4 } as const

export interface Envelope {
  kind: number
  channel: number
  /** Pairs requests with responses, and parts with each other; 0 where neither applies. */
  id: number
  body: Uint8Array
}

/** Bodies above this travel in parts: workerd closes the socket at 32 MiB a message. */
export const PART_BYTES_MAX = 8 << 20

/** A frame is closed once it holds this much, so that the other side can start on it. */
const FRAME_BYTES_TARGET = 1 << 20

// The header always has its widest form: 1 byte each for the array and the kind, 5 for each other field.
const HEADER_BYTES = 17

/** Packs envelopes, in order, into as few frames as is sensible. */
export function pack(envelopes: readonly Envelope[], nextPartId: () => number): Uint8Array[] {
  const pieces = envelopes.flatMap((envelope) => split(envelope, nextPartId))
  const frames: Uint8Array[] = []
  let start = 0
  while (start < pieces.length) {
    let end = start
    let bytes = 0
    do {
      bytes += HEADER_BYTES + pieces[end]!.body.byteLength
      end += 1
    } while (end < pieces.length && bytes + pieces[end]!.body.byteLength <= FRAME_BYTES_TARGET)
    frames.push(write(pieces.slice(start, end), bytes))
    start = end
  }
  return frames
}

function split(envelope: Envelope, nextPartId: () => number): Envelope[] {
  const { body } = envelope
  if (body.byteLength <= PART_BYTES_MAX) return [envelope]
  // Messages carry no id of their own, so parts of two messages need one to be told apart.
  const id = envelope.id || nextPartId()
  const pieces: Envelope[] = []
  for (let offset = 0; offset < body.byteLength; offset += PART_BYTES_MAX) {
    const isLast = offset + PART_BYTES_MAX >= body.byteLength
    const kind = isLast ? envelope.kind : KIND.PART
    const piece = body.subarray(offset, offset + PART_BYTES_MAX)
    pieces.push({ kind, channel: envelope.channel, id, body: piece })
  }
  return pieces
}

function write(envelopes: readonly Envelope[], bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes)
  const view = new DataView(frame.buffer)
  let offset = 0
  const uint32 = (marker: number, value: number): void => {
    view.setUint8(offset, marker)
    view.setUint32(offset + 1, value)
    offset += 5
  }
  for (const { kind, channel, id, body } of envelopes) {
    view.setUint8(offset, 0x94)
    view.setUint8(offset + 1, kind)
    offset += 2
    uint32(0xce, channel)
    uint32(0xce, id)
    uint32(0xc6, body.byteLength)
    frame.set(body, offset)
    offset += body.byteLength
  }
  return frame
}

/** Reads frames and joins parts. One for each connection. */
export class Unpacker {
  #pending = new Map<string, Uint8Array[]>()

  /** The envelopes that are complete after this frame. Throws on bytes that are none of ours. */
  unpack(frame: Uint8Array): Envelope[] {
    const complete: Envelope[] = []
    for (const envelope of read(frame)) {
      const key = `${envelope.channel}/${envelope.id}`
      const parts = this.#pending.get(key)
      if (envelope.kind === KIND.PART) {
        if (parts) parts.push(envelope.body)
        else this.#pending.set(key, [envelope.body])
        continue
      }
      if (parts) {
        this.#pending.delete(key)
        envelope.body = join([...parts, envelope.body])
      }
      complete.push(envelope)
    }
    return complete
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.byteLength, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.byteLength
  }
  return whole
}

function read(frame: Uint8Array): Envelope[] {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const envelopes: Envelope[] = []
  let offset = 0
  const uint = (): number => {
    const marker = view.getUint8(offset++)
    if (marker < 0x80) return marker
    const bytes = UINT_BYTES[marker]
    if (!bytes) throw new TypeError(`malformed envelope: 0x${marker.toString(16)} is no integer`)
    const start = offset
    offset += bytes
    return bytes === 1 ? view.getUint8(start) : bytes === 2 ? view.getUint16(start) : view.getUint32(start)
  }
  while (offset < frame.byteLength) {
    if (view.getUint8(offset++) !== 0x94) throw new TypeError('malformed envelope: not an array')
    const [kind, channel, id, length] = [uint(), uint(), uint(), uint()]
    if (offset + length > frame.byteLength) throw new TypeError('malformed envelope: truncated body')
    envelopes.push({ kind, channel, id, body: frame.subarray(offset, offset + length) })
    offset += length
  }
  return envelopes
}

/** Width of integers and of binary lengths by MessagePack marker. */
const UINT_BYTES: Record<number, 1 | 2 | 4> = {
  0xcc: 1,
  0xcd: 2,
  0xce: 4,
  0xc4: 1,
  0xc5: 2,
  0xc6: 4,
}
