/**
 * The lower half of the reader: a position in the input, and everything that is read without making an
 * object of the user's. Invariant 3 of `index.ts` rests on it: no length is believed before `check` saw it.
 */
import { CodecError } from './codec-error.ts'
import {
  apply,
  arrayBuffer,
  arrayByteOffset,
  arrayLength,
  Bytes,
  decodeText,
  FLIP_4,
  FLIP_8,
  float32,
  float32Bytes,
  float64,
  float64Bytes,
  fromCharCode,
  MAX_SAFE_INTEGER,
  setBytes,
  toBigInt,
  utf8Decoder,
} from './primordials.ts'

/** Up to this many bytes, `String.fromCharCode` beats TextDecoder. */
const SHORT_STRING_BYTES = 64

/** For each length, the arguments of `String.fromCharCode`, overwritten by each string of that length. */
const unitLists: number[][] = []
for (let length = 0; length <= SHORT_STRING_BYTES; length++) {
  unitLists[length] = []
  for (let index = 0; index < length; index++) unitLists[length][index] = 0
}

/** Only ever instantiated as a `Reader`, which keeps its hot methods monomorphic. */
export class Input {
  readonly bytes: Uint8Array
  readonly buffer: ArrayBufferLike
  /** Where `bytes` starts in `buffer`. */
  readonly origin: number
  /** End of the input or of the extension being read; nothing may reach beyond. */
  end: number
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.buffer = arrayBuffer(bytes)
    this.origin = arrayByteOffset(bytes)
    this.end = arrayLength(bytes)
  }

  string(length: number): string {
    this.check(length)
    if (length <= SHORT_STRING_BYTES) {
      const bytes = this.bytes
      const units = unitLists[length]
      let all = 0
      for (let index = 0; index < length; index++) all |= units[index] = bytes[this.position + index]
      if (all < 0x80) {
        this.position += length
        return apply(fromCharCode, undefined, units)
      }
    }
    const start = this.position
    try {
      return decodeText(utf8Decoder, this.slice(length))
    } catch (cause) {
      throw new CodecError('string that is not UTF-8', start, { cause })
    }
  }

  utf16(end: number): string {
    if ((end - this.position) % 2 !== 0) throw this.failure('half a code unit')
    let text = ''
    while (this.position < end) text += fromCharCode(this.uint16())
    return text
  }

  bigint(end: number): bigint {
    let digits = ''
    const start = this.position
    const isNegative = start < end && this.bytes[start] === 0x2d
    if (isNegative) this.position++
    if (this.position === end) throw this.failure('bigint without digits', start)
    while (this.position < end) {
      const digit = this.byte()
      const isHex = (digit >= 0x30 && digit <= 0x39) || (digit >= 0x61 && digit <= 0x66)
      if (!isHex) throw this.failure('wrong digit of a bigint', this.position - 1)
      digits += fromCharCode(digit)
    }
    try {
      const magnitude = toBigInt(`0x${digits}`)
      return isNegative ? -magnitude : magnitude
    } catch (cause) {
      throw new CodecError('bigint too large', start, { cause })
    }
  }

  mapHeader(): number {
    const tag = this.byte()
    if (tag >= 0x80 && tag < 0x90) return tag & 0x0f
    if (tag === 0xde) return this.uint16()
    if (tag === 0xdf) return this.uint32()
    throw this.failure('expected a map', this.position - 1)
  }

  byte(): number {
    if (this.position >= this.end) throw this.failure('unexpected end')
    return this.bytes[this.position++]
  }

  /** An unsigned integer of 1, 2 or 4 bytes: MessagePack orders its tags by width. */
  size(width: number): number {
    return width === 0 ? this.byte() : width === 1 ? this.uint16() : this.uint32()
  }

  uint16(): number {
    this.check(2)
    const at = this.position
    this.position = at + 2
    return (this.bytes[at] << 8) | this.bytes[at + 1]
  }

  uint32(): number {
    this.check(4)
    const at = this.position
    const bytes = this.bytes
    this.position = at + 4
    const number = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
    return number >>> 0
  }

  /** Only Rust sends these: a number where that is exact, else a bigint. */
  int64(high: number): number | bigint {
    const low = this.uint32()
    const number = high * 0x1_0000_0000 + low
    if (number >= -MAX_SAFE_INTEGER && number <= MAX_SAFE_INTEGER) return number
    return (toBigInt(high) << 32n) | toBigInt(low)
  }

  float32(): number {
    this.check(4)
    for (let index = 0; index < 4; index++) {
      float32Bytes[index ^ FLIP_4] = this.bytes[this.position++]
    }
    return float32[0]
  }

  float64(): number {
    this.check(8)
    for (let index = 0; index < 8; index++) {
      float64Bytes[index ^ FLIP_8] = this.bytes[this.position++]
    }
    return float64[0]
  }

  copy(length: number): Uint8Array {
    this.check(length)
    const bytes = new Bytes(length)
    setBytes(bytes, this.slice(length))
    return bytes
  }

  /** Takes bytes without copying them. */
  slice(length: number): Uint8Array {
    const start = this.position
    this.position += length
    return new Bytes(this.buffer, this.origin + start, length)
  }

  /** Every claimed length comes through here before anything is allocated for it. */
  check(length: number): void {
    if (length > this.end - this.position) throw this.failure('unexpected end')
  }

  failure(reason: string, offset = this.position): CodecError {
    return new CodecError(reason, offset)
  }
}
