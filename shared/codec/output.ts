/**
 * The lower half of the writer: a buffer that grows, and everything that is written without knowing an
 * object. Strings, numbers and the headers of what is larger.
 *
 * Methods that say "needs … reserved bytes" do not look at the capacity; the others reserve for themselves.
 */
import { BIGINT, UTF16 } from './extensions.ts'
import {
  arrayBuffer,
  arrayByteLength,
  bigintToString,
  Bytes,
  charCodeAt,
  encodeInto,
  FLIP_8,
  float64,
  float64Bytes,
  isWellFormed,
  setBytes,
  stringSlice,
  utf8Encoder,
} from './primordials.ts'

/** A string shorter than this is written faster by a loop over its characters than by TextEncoder. */
const SHORT_STRING_LENGTH = 64

/** A buffer that grew beyond this is not kept for the next message. */
const KEPT_BUFFER_BYTES_MAX = 1 << 20

/** Only ever instantiated as a `Writer`, which keeps its hot methods monomorphic. */
export class Output {
  bytes = new Bytes(16_384)
  capacity = 16_384
  position = 0

  /** Starts over, and lets go of a buffer that is too large to keep. */
  rewind(): void {
    if (this.capacity > KEPT_BUFFER_BYTES_MAX) {
      this.bytes = new Bytes(16_384)
      this.capacity = 16_384
    }
    this.position = 0
  }

  string(text: string): void {
    const length = text.length
    if (length >= SHORT_STRING_LENGTH) return this.longString(text)
    this.reserve(2 + length)
    const bytes = this.bytes
    let position = this.position
    if (length < 32) {
      bytes[position++] = 0xa0 | length
    } else {
      bytes[position++] = 0xd9
      bytes[position++] = length
    }
    for (let index = 0; index < length; index++) {
      const unit = charCodeAt(text, index)
      if (unit > 0x7f) return this.longString(text)
      bytes[position++] = unit
    }
    this.position = position
  }

  longString(text: string): void {
    if (!isWellFormed(text)) return this.utf16(text)
    const length = text.length
    const header = length * 3 < 0x1_0000 ? 3 : 5
    this.reserve(header + length)
    const start = this.position + header
    // One byte for each unit suffices for most text; whatever did not fit gets the worst case, three.
    let { read: unitsRead, written } = this.utf8(text, start)
    if (unitsRead < length) {
      this.reserve(header + written + (length - unitsRead) * 3)
      written += this.utf8(stringSlice(text, unitsRead), start + written).written
    }
    if (header === 3) {
      this.bytes[this.position] = 0xda
      this.bytes[this.position + 1] = written >>> 8
      this.bytes[this.position + 2] = written
    } else {
      this.bytes[this.position] = 0xdb
      writeUint32(this.bytes, this.position + 1, written)
    }
    this.position = start + written
  }

  utf8(text: string, start: number): { read: number; written: number } {
    const target = new Bytes(arrayBuffer(this.bytes), start, this.capacity - start)
    return encodeInto(utf8Encoder, text, target)
  }

  utf16(text: string): void {
    const length = text.length
    this.extension(UTF16, length * 2)
    for (let index = 0; index < length; index++) {
      const unit = charCodeAt(text, index)
      this.bytes[this.position++] = unit >>> 8
      this.bytes[this.position++] = unit
    }
  }

  number(number: number): void {
    this.reserve(9)
    const bytes = this.bytes
    // `-0 | 0` is 0, and equal to it; only division tells them apart.
    if (number >>> 0 === number && (number !== 0 || 1 / number > 0)) {
      if (number < 0x80) {
        bytes[this.position++] = number
      } else if (number < 0x100) {
        bytes[this.position++] = 0xcc
        bytes[this.position++] = number
      } else if (number < 0x1_0000) {
        bytes[this.position++] = 0xcd
        bytes[this.position++] = number >>> 8
        bytes[this.position++] = number
      } else {
        this.tagged32(0xce, number)
      }
    } else if ((number | 0) === number && number < 0) {
      if (number >= -0x20) {
        bytes[this.position++] = number
      } else {
        this.tagged32(0xd2, number)
      }
    } else {
      bytes[this.position++] = 0xcb
      this.float64(number)
    }
  }

  bigint(bigint: bigint): void {
    const digits = bigintToString(bigint, 16)
    const length = digits.length
    this.extension(BIGINT, length)
    for (let index = 0; index < length; index++) {
      this.bytes[this.position++] = charCodeAt(digits, index)
    }
  }

  /** Needs eight reserved bytes. */
  float64(number: number): void {
    float64[0] = number
    for (let index = 0; index < 8; index++) {
      this.bytes[this.position++] = float64Bytes[index ^ FLIP_8]
    }
  }

  byte(byte: number): void {
    this.reserve(1)
    this.bytes[this.position++] = byte
  }

  /** Header of an array or a map: its tag for up to 15 items, or the one for 16 bits, or the next. */
  header(count: number, tag4: number, tag16: number): void {
    this.reserve(5)
    if (count < 16) {
      this.bytes[this.position++] = tag4 | count
    } else if (count < 0x1_0000) {
      this.bytes[this.position++] = tag16
      this.bytes[this.position++] = count >>> 8
      this.bytes[this.position++] = count
    } else {
      this.tagged32(tag16 + 1, count)
    }
  }

  /** Needs five reserved bytes. */
  tagged32(tag: number, number: number): void {
    this.bytes[this.position] = tag
    writeUint32(this.bytes, this.position + 1, number)
    this.position += 5
  }

  /** An extension with one byte of payload. */
  mark(type: number, payload: number): void {
    this.reserve(3)
    this.bytes[this.position++] = 0xd4
    this.bytes[this.position++] = type
    this.bytes[this.position++] = payload
  }

  /** Header and room for an extension of known length. */
  extension(type: number, length: number): void {
    this.reserve(6 + length)
    writeExtensionHeader(this.bytes, this.position, type, length)
    this.position += 6
  }

  /** Leaves room for an extension's header, which `close` writes once the length is known. */
  open(): number {
    const start = this.position
    this.reserve(6)
    this.position += 6
    return start
  }

  close(start: number, type: number): void {
    writeExtensionHeader(this.bytes, start, type, this.position - start - 6)
  }

  /** Needs as many reserved bytes. */
  copy(bytes: Uint8Array): void {
    setBytes(this.bytes, bytes, this.position)
    this.position += arrayByteLength(bytes)
  }

  reserve(count: number): void {
    const needed = this.position + count
    if (needed <= this.capacity) return
    const capacity = needed > this.capacity * 2 ? needed : this.capacity * 2
    const bytes = new Bytes(capacity)
    setBytes(bytes, this.bytes)
    this.bytes = bytes
    this.capacity = capacity
  }
}

export function writeUint32(bytes: Uint8Array, position: number, number: number): void {
  bytes[position] = number >>> 24
  bytes[position + 1] = number >>> 16
  bytes[position + 2] = number >>> 8
  bytes[position + 3] = number
}

export function writeExtensionHeader(
  bytes: Uint8Array,
  position: number,
  type: number,
  length: number,
): void {
  bytes[position] = 0xc9
  writeUint32(bytes, position + 1, length)
  bytes[position + 5] = type
}
