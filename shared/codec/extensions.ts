/**
 * The format, as far as it goes beyond MessagePack: extension types, kinds of objects, and the classes of
 * errors and views. Both sides must agree on all of it.
 *
 * Not here: how an object is recognised (`brand.ts`), or what the bytes of a type look like in code.
 */
import type { Constructor } from './primordials.ts'
import { globals } from './primordials.ts'

// Extension types. A *sequence* is a run of MessagePack values that ends where the payload ends.
export const UNDEFINED = 0 // one ignored byte
export const HOLE = 1 // one ignored byte; only as an item of an array
export const REFERENCE = 2 // u32: the n-th object of the message, in the order in which decoding meets them
export const DATE = 3 // f64: milliseconds since the epoch, NaN when invalid
export const REGEXP = 4 // sequence: source, flags
export const MAP = 5 // sequence: key, value, key, value …
export const SET = 6 // sequence of items
export const BIGINT = 7 // ASCII: `-` if negative, then hexadecimal digits (decimal conversion is quadratic)
export const ERROR = 8 // sequence: index in ERROR_CLASSES, map of hidden fields, map of enumerable fields
export const VIEW = 9 // sequence: index in VIEW_CLASSES, byte offset, length in elements, ArrayBuffer
export const BUFFER = 10 // the bytes
export const UTF16 = 11 // big-endian code units of a string that UTF-8 cannot hold: it has lone surrogates
export const BOXED = 12 // sequence: one primitive
export const SPARSE = 13 // sequence: array length, then index, value, index, value …
export const LINK = 14 // one byte, a container's kind; its contents follow later, see DEPTH_MAX
export const DEEP = 15 // sequence: the message, then the contents of each LINK in order; only outermost

/**
 * Containers deeper than this are written after the message instead of inside it, so that neither side
 * recurses further. 10 000 nested arrays need a megabyte of stack otherwise, and tests do log such things.
 */
export const DEPTH_MAX = 128

/** An array shorter than this writes each hole; a longer one that is mostly holes becomes SPARSE. */
export const SPARSE_LENGTH_MIN = 2048

// Kinds double as the byte of a LINK. The kind of an error is ERROR_KIND plus its class.
export const OBJECT_KIND = 0
export const ARRAY_KIND = 1
export const MAP_KIND = 2
export const SET_KIND = 3
export const DATE_KIND = 4
export const REGEXP_KIND = 5
export const BOXED_KIND = 6
export const BUFFER_KIND = 7
export const VIEW_KIND = 8
export const PRINTED_KIND = 9
export const ERROR_KIND = 32

// The order of these two lists is part of the format: append only. Either runtime may lack the youngest
// classes; then it decodes to the nearest older one.
export const ERROR_CLASSES =
  'Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError SuppressedError'
    .split(' ')
    .map((name) => ({ name, constructor: globals[name] ?? (Error as Constructor) }))
export const VIEW_CLASSES =
  'DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array BigUint64Array Float16Array'
    .split(' ')
    .map((name) => ({ name, constructor: globals[name] ?? (Uint16Array as Constructor) }))
export const VIEW_UINT8 = 2
