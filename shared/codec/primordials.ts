/**
 * The built-ins that the codec calls, as they were when this module loaded: see invariant 2 in `index.ts`.
 * Whatever runs later goes through these, so that no test can get in between.
 *
 * Imports nothing, and must load before any user code does.
 */
export const { isArray } = Array
export const { isView } = ArrayBuffer
export const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, keys: objectKeys } = Object
export const { apply, set: reflectSet } = Reflect
export const { fromCharCode } = String
export const { MAX_SAFE_INTEGER } = Number
export const toBigInt = BigInt
export const toObject = Object
export const toText = String
export const DateClass = Date
// `stackTraceLimit` is V8's own; the language's types do not know it.
export const ErrorClass = Error as ErrorConstructor & { stackTraceLimit: number }
export const MapClass = Map
export const RegExpClass = RegExp
export const SetClass = Set
export const Bytes = Uint8Array
export const objectPrototype = Object.prototype

/**
 * Turns a method into a function whose first parameter is `this`; V8 inlines its calls like the method's.
 * The cast spells out what `call.bind` means, which TypeScript cannot infer.
 */
export const uncurry = Function.prototype.bind.bind(Function.prototype.call) as unknown as <
  Args extends unknown[],
  Result,
>(
  method: (...args: Args) => Result,
) => (self: unknown, ...args: Args) => Result

export function getter<Result>(prototype: object, name: PropertyKey): (self: unknown) => Result {
  // The language defines each of the names used below as an accessor.
  return uncurry(getOwnPropertyDescriptor(prototype, name)?.get as () => Result)
}

const arraySlots = getPrototypeOf(Uint8Array.prototype) as object
export const bigintToString = uncurry(BigInt.prototype.toString)
export const charCodeAt = uncurry(String.prototype.charCodeAt)
export const dateValue = uncurry(Date.prototype.getTime)
export const decodeText = uncurry(TextDecoder.prototype.decode)
export const encodeInto = uncurry(TextEncoder.prototype.encodeInto)
export const hasOwn = uncurry(Object.prototype.hasOwnProperty)
// Not in the ES2023 library, but in Node 20 and workerd.
export const isWellFormed = uncurry((String.prototype as unknown as { isWellFormed(): boolean }).isWellFormed)
export const mapClear = uncurry(Map.prototype.clear)
export const mapForEach = uncurry(Map.prototype.forEach)
export const mapGet = uncurry(Map.prototype.get)
export const mapSet = uncurry(Map.prototype.set)
export const objectToString = uncurry(Object.prototype.toString)
export const setAdd = uncurry(Set.prototype.add)
export const setBytes = uncurry(Uint8Array.prototype.set) as (
  self: Uint8Array,
  from: Uint8Array,
  offset?: number,
) => void
export const setForEach = uncurry(Set.prototype.forEach)
export const stringSlice = uncurry(String.prototype.slice)

export const arrayBuffer = getter<ArrayBufferLike>(arraySlots, 'buffer')
export const arrayByteLength = getter<number>(arraySlots, 'byteLength')
export const arrayByteOffset = getter<number>(arraySlots, 'byteOffset')
export const arrayClassName = getter<string | undefined>(arraySlots, Symbol.toStringTag)
export const arrayLength = getter<number>(arraySlots, 'length')
export const bufferByteLength = getter<number>(ArrayBuffer.prototype, 'byteLength')
export const mapSize = getter<number>(Map.prototype, 'size')
export const regexpSource = getter<string>(RegExp.prototype, 'source')
export const setSize = getter<number>(Set.prototype, 'size')
export const viewBuffer = getter<ArrayBufferLike>(DataView.prototype, 'buffer')
export const viewByteLength = getter<number>(DataView.prototype, 'byteLength')
export const viewByteOffset = getter<number>(DataView.prototype, 'byteOffset')

// `RegExp.prototype.flags` asks these by name, so a test could change its answer; they themselves do not.
export const REGEXP_FLAGS = [
  { letter: 'd', isSet: getter<boolean>(RegExp.prototype, 'hasIndices') },
  { letter: 'g', isSet: getter<boolean>(RegExp.prototype, 'global') },
  { letter: 'i', isSet: getter<boolean>(RegExp.prototype, 'ignoreCase') },
  { letter: 'm', isSet: getter<boolean>(RegExp.prototype, 'multiline') },
  { letter: 's', isSet: getter<boolean>(RegExp.prototype, 'dotAll') },
  { letter: 'u', isSet: getter<boolean>(RegExp.prototype, 'unicode') },
  { letter: 'v', isSet: getter<boolean>(RegExp.prototype, 'unicodeSets') },
  { letter: 'y', isSet: getter<boolean>(RegExp.prototype, 'sticky') },
]

export const utf8Encoder = new TextEncoder()
export const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// Shared memory to take numbers apart; MessagePack is big-endian, hence the index flip on most machines.
export const float64 = new Float64Array(1)
export const float64Bytes = new Uint8Array(float64.buffer)
export const float32 = new Float32Array(1)
export const float32Bytes = new Uint8Array(float32.buffer)
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
export const FLIP_8 = littleEndian ? 7 : 0
export const FLIP_4 = littleEndian ? 3 : 0

export type Constructor = new (...args: unknown[]) => object

/** Classes by name, for use while loading only: a lookup later would find what tests put there. */
export const globals = globalThis as unknown as Record<string, Constructor | undefined>
