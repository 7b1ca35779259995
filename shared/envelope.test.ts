import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Envelope } from './envelope.ts'
import { KIND, pack, PART_BYTES_MAX, Unpacker } from './envelope.ts'

const kinds = [KIND.MESSAGE, KIND.REQUEST, KIND.RESPONSE]
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const envelope = fc.record({
  kind: fc.constantFrom(...kinds),
  channel: uint32,
  id: uint32,
  body: fc.uint8Array({ maxLength: 300 }),
})

function ids(): () => number {
  let id = 0
  return () => ++id
}

function transfer(envelopes: readonly Envelope[]): { frames: number; received: Envelope[] } {
  const unpacker = new Unpacker()
  const frames = pack(envelopes, ids())
  return { frames: frames.length, received: frames.flatMap((frame) => unpacker.unpack(frame)) }
}

const message = (bytes: number, fill = 1): Envelope => ({
  kind: KIND.MESSAGE,
  channel: 1,
  id: 0,
  body: new Uint8Array(bytes).fill(fill),
})

describe('frames', () => {
  test('hold what was packed, in order', () => {
    fc.assert(
      fc.property(fc.array(envelope, { maxLength: 8 }), (envelopes) => {
        expect(transfer(envelopes).received).toEqual(envelopes)
      }),
    )
  })

  test.each([
    ['small envelopes share one', [message(10), message(0), message(1000)], 1],
    ['a body at the limit stays whole', [message(PART_BYTES_MAX)], 1],
    ['a body above it travels in parts', [message(PART_BYTES_MAX * 2 + 1)], 3],
    ['two such bodies do not mix', [message(PART_BYTES_MAX + 1, 1), message(PART_BYTES_MAX + 1, 2)], 4],
  ])('%s', (_, envelopes, frames) => {
    const transferred = transfer(envelopes)
    expect(transferred.frames).toBe(frames)
    expect(transferred.received.map(({ body }) => [body.byteLength, body.at(-1)])).toEqual(
      envelopes.map(({ body }) => [body.byteLength, body.at(-1)]),
    )
  })

  test('from Rust have shorter integers, and are read all the same', () => {
    const frame = Uint8Array.of(0x94, 3, 0xcd, 1, 0, 0xcc, 200, 0xc4, 2, 7, 8)
    expect(new Unpacker().unpack(frame)).toEqual([
      { kind: 3, channel: 256, id: 200, body: Uint8Array.of(7, 8) },
    ])
  })

  test('of other bytes are refused, never read past their end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
        try {
          new Unpacker().unpack(bytes)
        } catch (error) {
          expect(error instanceof TypeError || error instanceof RangeError).toBe(true)
        }
      }),
    )
    expect(() => new Unpacker().unpack(Uint8Array.of(0x93))).toThrow('malformed envelope: not an array')
    expect(() => new Unpacker().unpack(Uint8Array.of(0x94, 1, 1, 0, 0xc4, 9))).toThrow('truncated body')
  })
})
