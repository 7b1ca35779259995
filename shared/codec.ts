/**
 * Bytes for the messages between Node and the isolate: MessagePack plus extension types for what
 * structured clone keeps and MessagePack cannot say. Rust routes these bytes without looking inside,
 * yet any MessagePack library reads them, and JSON-like messages that Rust writes decode here.
 *
 * Invariant 1: `encode` accepts every value. What cannot be cloned (functions, promises, symbols, a
 * getter that throws) travels in printed form, since one odd value in `task.meta` must not fail a file.
 *
 * Invariant 2: after this module has loaded, nothing it calls can be replaced from outside. It shares
 * an isolate with tests, and tests replace `Map.prototype.get`, `JSON`, `Date` or `Symbol.iterator`.
 * Therefore every built-in is captured below, and the code uses no `for…of`, no spread, no array
 * destructuring and no method of a built-in object: only operators, indices and captured functions.
 * Even `bytes.length` is a replaceable getter, which is why lengths are kept in fields.
 *
 * Invariant 3: `decode` either returns a value or throws a `CodecError` with the offset. It allocates
 * in proportion to its input, whatever lengths the input claims, and cannot recurse out of the stack.
 *
 * Not here: framing, chunking and compression (the envelope's job). Nor class instances: they arrive as
 * plain objects with their own enumerable properties, and null-prototype objects as ordinary ones.
 *
 * Long, but one file: writer and reader are two columns of the table below and change together.
 */

// Extension types. A *sequence* is a run of MessagePack values that ends where the payload ends.
const UNDEFINED = 0 // one ignored byte
const HOLE = 1 // one ignored byte; only as an item of an array
const REFERENCE = 2 // u32: the n-th object of the message, in the order in which decoding meets them
const DATE = 3 // f64: milliseconds since the epoch, NaN when invalid
const REGEXP = 4 // sequence: source, flags
const MAP = 5 // sequence: key, value, key, value …
const SET = 6 // sequence of items
const BIGINT = 7 // ASCII: `-` if negative, then hexadecimal digits (decimal conversion is quadratic)
const ERROR = 8 // sequence: index in ERROR_CLASSES, map of hidden fields, map of enumerable fields
const VIEW = 9 // sequence: index in VIEW_CLASSES, byte offset, length in elements, ArrayBuffer
const BUFFER = 10 // the bytes
const UTF16 = 11 // big-endian code units of a string that UTF-8 cannot hold: it has lone surrogates
const BOXED = 12 // sequence: one primitive
const SPARSE = 13 // sequence: array length, then index, value, index, value …
const LINK = 14 // one byte, a container's kind; its contents follow later, see DEPTH_MAX
const DEEP = 15 // sequence: the message, then the contents of each LINK in order; only outermost

/**
 * Containers deeper than this are written after the message instead of inside it, so that neither side
 * recurses further. 10 000 nested arrays need a megabyte of stack otherwise, and tests do log such things.
 */
const DEPTH_MAX = 128

/** An array shorter than this writes each hole; a longer one that is mostly holes becomes SPARSE. */
const SPARSE_LENGTH_MIN = 2048

/** Up to this many objects, scanning a list for shared references is faster than hashing. */
const SCANNED_OBJECTS_MAX = 12

/** A string shorter than this is written faster by a loop over its characters than by TextEncoder. */
const SHORT_STRING_LENGTH = 64

/** Up to this many bytes, `String.fromCharCode` beats TextDecoder. */
const SHORT_STRING_BYTES = 64

/** A buffer that grew beyond this is not kept for the next message. */
const KEPT_BUFFER_BYTES_MAX = 1 << 20

const { isArray } = Array
const { isView } = ArrayBuffer
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, keys: objectKeys } = Object
const { apply, set: reflectSet } = Reflect
const { fromCharCode } = String
const { MAX_SAFE_INTEGER } = Number
const toBigInt = BigInt
const toObject = Object
const toText = String
const DateClass = Date
// `stackTraceLimit` is V8's own; the language's types do not know it.
const ErrorClass = Error as ErrorConstructor & { stackTraceLimit: number }
const MapClass = Map
const RegExpClass = RegExp
const SetClass = Set
const Bytes = Uint8Array
const objectPrototype = Object.prototype

/**
 * Turns a method into a function whose first parameter is `this`; V8 inlines its calls like the method's.
 * The cast spells out what `call.bind` means, which TypeScript cannot infer.
 */
const uncurry = Function.prototype.bind.bind(Function.prototype.call) as unknown as <
  Args extends unknown[],
  Result,
>(
  method: (...args: Args) => Result,
) => (self: unknown, ...args: Args) => Result

function getter<Result>(prototype: object, name: PropertyKey): (self: unknown) => Result {
  // The language defines each of the names used below as an accessor.
  return uncurry(getOwnPropertyDescriptor(prototype, name)?.get as () => Result)
}

const arraySlots = getPrototypeOf(Uint8Array.prototype) as object
const bigintToString = uncurry(BigInt.prototype.toString)
const charCodeAt = uncurry(String.prototype.charCodeAt)
const dateValue = uncurry(Date.prototype.getTime)
const decodeText = uncurry(TextDecoder.prototype.decode)
const encodeInto = uncurry(TextEncoder.prototype.encodeInto)
const hasOwn = uncurry(Object.prototype.hasOwnProperty)
// Not in the ES2023 library, but in Node 20 and workerd.
const isWellFormed = uncurry(
  (String.prototype as unknown as { isWellFormed(): boolean }).isWellFormed,
)
const mapClear = uncurry(Map.prototype.clear)
const mapForEach = uncurry(Map.prototype.forEach)
const mapGet = uncurry(Map.prototype.get)
const mapSet = uncurry(Map.prototype.set)
const objectToString = uncurry(Object.prototype.toString)
const setAdd = uncurry(Set.prototype.add)
const setBytes = uncurry(Uint8Array.prototype.set) as (
  self: Uint8Array,
  from: Uint8Array,
  offset?: number,
) => void
const setForEach = uncurry(Set.prototype.forEach)
const stringSlice = uncurry(String.prototype.slice)

const arrayBuffer = getter<ArrayBufferLike>(arraySlots, 'buffer')
const arrayByteLength = getter<number>(arraySlots, 'byteLength')
const arrayByteOffset = getter<number>(arraySlots, 'byteOffset')
const arrayClassName = getter<string | undefined>(arraySlots, Symbol.toStringTag)
const arrayLength = getter<number>(arraySlots, 'length')
const bufferByteLength = getter<number>(ArrayBuffer.prototype, 'byteLength')
const mapSize = getter<number>(Map.prototype, 'size')
const regexpSource = getter<string>(RegExp.prototype, 'source')
const setSize = getter<number>(Set.prototype, 'size')
const viewBuffer = getter<ArrayBufferLike>(DataView.prototype, 'buffer')
const viewByteLength = getter<number>(DataView.prototype, 'byteLength')
const viewByteOffset = getter<number>(DataView.prototype, 'byteOffset')

// `RegExp.prototype.flags` asks these by name, so a test could change its answer; they themselves do not.
const REGEXP_FLAGS = [
  { letter: 'd', isSet: getter<boolean>(RegExp.prototype, 'hasIndices') },
  { letter: 'g', isSet: getter<boolean>(RegExp.prototype, 'global') },
  { letter: 'i', isSet: getter<boolean>(RegExp.prototype, 'ignoreCase') },
  { letter: 'm', isSet: getter<boolean>(RegExp.prototype, 'multiline') },
  { letter: 's', isSet: getter<boolean>(RegExp.prototype, 'dotAll') },
  { letter: 'u', isSet: getter<boolean>(RegExp.prototype, 'unicode') },
  { letter: 'v', isSet: getter<boolean>(RegExp.prototype, 'unicodeSets') },
  { letter: 'y', isSet: getter<boolean>(RegExp.prototype, 'sticky') },
]

const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// Shared memory to take numbers apart; MessagePack is big-endian, hence the index flip on most machines.
const float64 = new Float64Array(1)
const float64Bytes = new Uint8Array(float64.buffer)
const float32 = new Float32Array(1)
const float32Bytes = new Uint8Array(float32.buffer)
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
const FLIP_8 = littleEndian ? 7 : 0
const FLIP_4 = littleEndian ? 3 : 0

// `new AggregateError([])` would ask the array for its iterator.
const noErrors = { [Symbol.iterator]: () => ({ next: () => ({ done: true, value: undefined }) }) }

// The order of these two lists is part of the format: append only. Either runtime may lack the youngest
// classes; then it decodes to the nearest older one.
type Constructor = new (...args: unknown[]) => object
const globals = globalThis as unknown as Record<string, Constructor | undefined>
const ERROR_CLASSES =
  'Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError SuppressedError'
    .split(' ')
    .map((name) => ({ name, constructor: globals[name] ?? (Error as Constructor) }))
const VIEW_CLASSES =
  'DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array BigUint64Array Float16Array'
    .split(' ')
    .map((name) => ({ name, constructor: globals[name] ?? (Uint16Array as Constructor) }))
const VIEW_UINT8 = 2

/** Properties that are not enumerable on errors, and are most of what an error is. */
const HIDDEN_ERROR_FIELDS = ['name', 'message', 'stack', 'cause', 'errors', 'error', 'suppressed']

// Kinds double as the byte of a LINK. The kind of an error is ERROR_KIND plus its class.
const OBJECT_KIND = 0
const ARRAY_KIND = 1
const MAP_KIND = 2
const SET_KIND = 3
const DATE_KIND = 4
const REGEXP_KIND = 5
const BOXED_KIND = 6
const BUFFER_KIND = 7
const VIEW_KIND = 8
const PRINTED_KIND = 9
const ERROR_KIND = 32

interface Brand {
  readonly kind: number
  /** Throws unless the value really is one: `Object.create(Map.prototype)` is no Map. */
  readonly probe?: (value: unknown) => unknown
  /** Replaces a value that cannot travel. */
  readonly text?: string
}

const OBJECT_BRAND: Brand = { kind: OBJECT_KIND }
const ARRAY_BRAND: Brand = { kind: ARRAY_KIND }
const VIEW_BRAND: Brand = { kind: VIEW_KIND }

const brandsByPrototype = new Map<object, Brand>()
/** Keys as `Object.prototype.toString` prints them, for objects of other realms (`node:vm`). */
const brandsByTag = new Map<string, Brand>()

function declareBrand(name: string, brand: Brand): void {
  const prototype = (globals[name] as { prototype?: object } | undefined)?.prototype
  if (prototype === undefined) return
  brandsByPrototype.set(prototype, brand)
  brandsByTag.set(`[object ${name}]`, brand)
}

declareBrand('Map', { kind: MAP_KIND, probe: mapSize })
declareBrand('Set', { kind: SET_KIND, probe: setSize })
declareBrand('Date', { kind: DATE_KIND, probe: dateValue })
declareBrand('RegExp', { kind: REGEXP_KIND, probe: regexpSource })
declareBrand('Number', { kind: BOXED_KIND, probe: uncurry(Number.prototype.valueOf) })
declareBrand('String', { kind: BOXED_KIND, probe: uncurry(String.prototype.valueOf) })
declareBrand('Boolean', { kind: BOXED_KIND, probe: uncurry(Boolean.prototype.valueOf) })
declareBrand('BigInt', { kind: BOXED_KIND, probe: uncurry(BigInt.prototype.valueOf) })
declareBrand('Symbol', { kind: BOXED_KIND, probe: uncurry(Symbol.prototype.valueOf) })
declareBrand('ArrayBuffer', { kind: BUFFER_KIND, probe: bufferByteLength })
if (typeof SharedArrayBuffer === 'function') {
  const probe = getter<number>(SharedArrayBuffer.prototype, 'byteLength')
  declareBrand('SharedArrayBuffer', { kind: BUFFER_KIND, probe })
}
for (const name of ['Promise', 'WeakMap', 'WeakSet', 'WeakRef', 'FinalizationRegistry']) {
  declareBrand(name, { kind: PRINTED_KIND, text: name })
}
for (const [index, { name, constructor }] of ERROR_CLASSES.entries()) {
  if (constructor.name === name) declareBrand(name, { kind: ERROR_KIND + index })
}

/** Runs no user code, except traps of a Proxy, and never throws. */
function brandOf(value: object): Brand {
  try {
    if (isArray(value)) return ARRAY_BRAND
    let prototype: object | null = getPrototypeOf(value)
    if (prototype === objectPrototype || prototype === null) return OBJECT_BRAND
    if (isView(value)) return VIEW_BRAND
    for (; prototype !== null; prototype = getPrototypeOf(prototype)) {
      if (prototype === objectPrototype) return OBJECT_BRAND
      const brand = mapGet(brandsByPrototype, prototype) as Brand | undefined
      if (brand !== undefined) return hasBrand(value, brand) ? brand : OBJECT_BRAND
    }
    // The chain ends in another realm's Object.prototype, whose classes only the tag can tell.
    let brand = mapGet(brandsByTag, objectToString(value)) as Brand | undefined
    // All errors have the same tag.
    if (brand?.kind === ERROR_KIND)
      brand = (mapGet(brandsByTag, errorTag(value)) as Brand | undefined) ?? brand
    return brand !== undefined && hasBrand(value, brand) ? brand : OBJECT_BRAND
  } catch (thrown) {
    return { kind: PRINTED_KIND, text: printThrown(thrown) }
  }
}

function errorTag(error: object): string {
  const name = read(error, 'name')
  for (let index = 0; index < ERROR_CLASSES.length; index++) {
    if (ERROR_CLASSES[index].name === name) return `[object ${name}]`
  }
  return '[object Error]'
}

function hasBrand(value: object, brand: Brand): boolean {
  try {
    brand.probe?.(value)
    return true
  } catch {
    return false
  }
}

function printFunction(value: unknown): string {
  try {
    // The descriptor rather than `value.name`: on an RPC stub of workerd, any property is a remote one.
    const name: unknown = getOwnPropertyDescriptor(value as object, 'name')?.value
    return typeof name === 'string' && name !== '' ? `Function<${name}>` : 'Function<anonymous>'
  } catch {
    return 'Function<anonymous>'
  }
}

/** Stands where something could not be read; Vitest words it alike in the errors that it prepares. */
function printThrown(thrown: unknown): string {
  try {
    if (typeof thrown !== 'object' || thrown === null) {
      return `<unserializable>: ${typeof thrown === 'function' ? printFunction(thrown) : toText(thrown)}`
    }
    const { name, message } = thrown as { name?: unknown; message?: unknown }
    if (typeof message !== 'string') return '<unserializable>'
    return `<unserializable>: ${typeof name === 'string' ? name : 'Error'}: ${message}`
  } catch {
    return '<unserializable>'
  }
}

function read(target: object, key: PropertyKey): unknown {
  try {
    // The cast only allows the index; nothing is assumed about the value.
    return (target as Record<PropertyKey, unknown>)[key]
  } catch (thrown) {
    return printThrown(thrown)
  }
}

function owns(target: object, key: PropertyKey): boolean {
  try {
    return hasOwn(target, key)
  } catch {
    return false
  }
}

function descriptorOf(target: object, key: string): PropertyDescriptor | undefined {
  try {
    return getOwnPropertyDescriptor(target, key)
  } catch {
    return undefined
  }
}

/** Own enumerable string keys, or the printed reason why there are none to be had. */
function keysOf(target: object): string[] | string {
  try {
    return objectKeys(target)
  } catch (thrown) {
    return printThrown(thrown)
  }
}

/** Looks at no more than about twice as many indices as there are items, even in `[].length = 2 ** 32 - 1`. */
function isMostlyHoles(array: object, length: number): boolean {
  if (length < SPARSE_LENGTH_MIN) return false
  let holes = 0
  for (let index = 0; index < length; index++) {
    if (read(array, index) !== undefined || owns(array, index)) continue
    holes++
    if (holes > SPARSE_LENGTH_MIN / 2 && holes * 2 > index) return true
  }
  return false
}

class Writer {
  bytes = new Bytes(16_384)
  capacity = 16_384
  position = 0
  depth = 0
  /** Objects written so far; beyond the scanned ones their numbers are in `ids`. */
  count = 0
  scanned: unknown[] = []
  ids = new MapClass<unknown, number>()
  links: { value: object; kind: number; keys: string[] }[] = []

  message(root: unknown): Uint8Array {
    this.value(root)
    if (this.links.length === 0) {
      const message = new Bytes(this.position)
      setBytes(message, new Bytes(arrayBuffer(this.bytes), 0, this.position))
      return message
    }
    // The list grows while we walk it: contents may be deep again.
    for (let index = 0; index < this.links.length; index++) {
      const { value, kind, keys } = this.links[index]
      this.contents(value, kind, keys)
    }
    const payload = this.position
    const message = new Bytes(6 + payload)
    setBytes(message, new Bytes(arrayBuffer(this.bytes), 0, payload), 6)
    writeExtensionHeader(message, 0, DEEP, payload)
    return message
  }

  /** Lets go of user objects, and of a buffer that is too large to keep. */
  reset(): void {
    if (this.capacity > KEPT_BUFFER_BYTES_MAX) {
      this.bytes = new Bytes(16_384)
      this.capacity = 16_384
    }
    if (this.count > SCANNED_OBJECTS_MAX) mapClear(this.ids)
    this.scanned.length = 0
    this.links.length = 0
    this.position = 0
    this.depth = 0
    this.count = 0
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.string(value)
      case 'number':
        return this.number(value)
      case 'object':
        return value === null ? this.byte(0xc0) : this.object(value)
      case 'boolean':
        return this.byte(value ? 0xc3 : 0xc2)
      case 'undefined':
        return this.mark(UNDEFINED, 0)
      case 'bigint':
        return this.bigint(value)
      case 'symbol':
        return this.string(toText(value))
      case 'function':
        return this.string(printFunction(value))
    }
  }

  object(value: object): void {
    if (this.reference(value)) return
    const brand = brandOf(value)
    const kind = brand.kind
    switch (kind) {
      case PRINTED_KIND:
        return this.string(brand.text ?? '')
      case DATE_KIND:
        this.register(value)
        return this.date(value)
      case REGEXP_KIND:
        this.register(value)
        return this.regexp(value)
      case BOXED_KIND:
        this.register(value)
        return this.sequence([brand.probe?.(value)], BOXED)
      case BUFFER_KIND:
        // Its brand says that it is one, shared or not.
        return this.buffer(value as ArrayBuffer)
      case VIEW_KIND:
        return this.view(value)
    }
    // From here on: containers.
    const keys = kind === OBJECT_KIND ? keysOf(value) : []
    if (typeof keys === 'string') return this.string(keys)
    this.register(value)
    if (this.depth < DEPTH_MAX) return this.contents(value, kind, keys)
    this.links[this.links.length] = { value, kind, keys }
    this.mark(LINK, kind)
  }

  /** Writes a container that is registered already. */
  contents(value: object, kind: number, keys: string[]): void {
    this.depth++
    if (kind === OBJECT_KIND) this.fields(value, keys)
    else if (kind === ARRAY_KIND) this.array(value)
    else if (kind === MAP_KIND) this.map(value)
    else if (kind === SET_KIND) this.set(value)
    else this.error(value, kind - ERROR_KIND)
    this.depth--
  }

  fields(target: object, keys: string[]): void {
    const count = keys.length
    this.header(count, 0x80, 0xde)
    for (let index = 0; index < count; index++) {
      const key = keys[index]
      this.string(key)
      this.value(read(target, key))
    }
  }

  array(array: object): void {
    const claimed = read(array, 'length')
    // Only a Proxy can claim anything but a valid length.
    const length = typeof claimed === 'number' && claimed >>> 0 === claimed ? claimed : 0
    if (isMostlyHoles(array, length)) return this.sparse(array, length)
    this.header(length, 0x90, 0xdc)
    for (let index = 0; index < length; index++) {
      const item = read(array, index)
      if (item === undefined && !owns(array, index)) this.mark(HOLE, 0)
      else this.value(item)
    }
  }

  sparse(array: object, length: number): void {
    const start = this.open()
    this.number(length)
    const keys = keysOf(array)
    // Indices come first among the keys, in ascending order.
    for (let at = 0; typeof keys !== 'string' && at < keys.length; at++) {
      const index = +keys[at]
      if (index >>> 0 !== index || index >= length || `${index}` !== keys[at]) break
      this.number(index)
      this.value(read(array, index))
    }
    this.close(start, SPARSE)
  }

  map(map: object): void {
    const entries: unknown[] = []
    let count = 0
    mapForEach(map, (value: unknown, key: unknown) => {
      entries[count++] = key
      entries[count++] = value
    })
    this.sequence(entries, MAP)
  }

  set(set: object): void {
    const items: unknown[] = []
    setForEach(set, (item: unknown) => {
      items[items.length] = item
    })
    this.sequence(items, SET)
  }

  /** Takes a copy of the members, since a getter among them could change the original meanwhile. */
  sequence(values: unknown[], type: number): void {
    const start = this.open()
    for (let index = 0; index < values.length; index++) this.value(values[index])
    this.close(start, type)
  }

  error(error: object, classIndex: number): void {
    const start = this.open()
    this.number(classIndex)
    const keys = keysOf(error)
    const hidden: string[] = []
    const values: unknown[] = []
    let count = 0
    for (let index = 0; index < HIDDEN_ERROR_FIELDS.length; index++) {
      const name = HIDDEN_ERROR_FIELDS[index]
      const own = descriptorOf(error, name)
      if (own?.enumerable === true) continue // among the enumerable fields below
      const value = read(error, name)
      if (value === undefined && own === undefined) continue
      // What the prototype answers on the other side as well.
      if (own === undefined && name === 'message' && value === '') continue
      if (own === undefined && name === 'name' && value === ERROR_CLASSES[classIndex].name) continue
      hidden[count] = name
      values[count++] = value
    }
    this.byte(0x80 | count)
    for (let index = 0; index < count; index++) {
      this.string(hidden[index])
      this.value(values[index])
    }
    this.fields(error, typeof keys === 'string' ? [] : keys)
    this.close(start, ERROR)
  }

  date(date: object): void {
    this.reserve(10)
    this.bytes[this.position++] = 0xd7
    this.bytes[this.position++] = DATE
    this.float64(dateValue(date))
  }

  regexp(regexp: object): void {
    let flags = ''
    for (let index = 0; index < REGEXP_FLAGS.length; index++) {
      const { letter, isSet } = REGEXP_FLAGS[index]
      if (isSet(regexp)) flags += letter
    }
    this.sequence([regexpSource(regexp), flags], REGEXP)
  }

  bigint(bigint: bigint): void {
    const digits = bigintToString(bigint, 16)
    const length = digits.length
    this.extension(BIGINT, length)
    for (let index = 0; index < length; index++) {
      this.bytes[this.position++] = charCodeAt(digits, index)
    }
  }

  buffer(buffer: ArrayBufferLike): void {
    if (this.reference(buffer)) return
    this.register(buffer)
    const bytes = bytesOf(buffer)
    this.extension(BUFFER, arrayByteLength(bytes))
    this.copy(bytes)
  }

  view(view: object): void {
    const name = arrayClassName(view) ?? 'DataView'
    const isTyped = name !== 'DataView'
    let classIndex = 0
    for (let index = 1; index < VIEW_CLASSES.length; index++) {
      if (VIEW_CLASSES[index].name === name) classIndex = index
    }
    let offset = 0
    let length = 0
    try {
      offset = isTyped ? arrayByteOffset(view) : viewByteOffset(view)
      length = isTyped ? arrayLength(view) : viewByteLength(view)
    } catch {
      // A DataView on a transferred or shrunk buffer has no bytes any more: send it empty.
    }
    const buffer = isTyped ? arrayBuffer(view) : viewBuffer(view)
    const bytes = bytesOf(buffer)
    const isWhole = offset === 0 && length === arrayByteLength(bytes)
    if (classIndex === VIEW_UINT8 && isWhole && this.find(buffer) < 0) {
      // MessagePack's own byte string, which stands for two objects: the view and its buffer.
      this.register(buffer)
      this.register(view)
      this.reserve(5 + length)
      this.tagged32(0xc6, length)
      return this.copy(bytes)
    }
    // The whole buffer, even for a small view: another view of it may follow, and must share it.
    const start = this.open()
    this.number(classIndex)
    this.number(offset)
    this.number(length)
    this.buffer(buffer)
    this.close(start, VIEW)
    this.register(view)
  }

  /** Needs as many reserved bytes. */
  copy(bytes: Uint8Array): void {
    setBytes(this.bytes, bytes, this.position)
    this.position += arrayByteLength(bytes)
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

  reserve(count: number): void {
    const needed = this.position + count
    if (needed <= this.capacity) return
    const capacity = needed > this.capacity * 2 ? needed : this.capacity * 2
    const bytes = new Bytes(capacity)
    setBytes(bytes, this.bytes)
    this.bytes = bytes
    this.capacity = capacity
  }

  /** Writes a back-reference if the object has been written before. */
  reference(value: object): boolean {
    const id = this.find(value)
    if (id < 0) return false
    this.reserve(6)
    this.bytes[this.position] = 0xd6
    this.bytes[this.position + 1] = REFERENCE
    writeUint32(this.bytes, this.position + 2, id)
    this.position += 6
    return true
  }

  find(value: object): number {
    const count = this.count
    if (count > SCANNED_OBJECTS_MAX) {
      const id = mapGet(this.ids, value) as number | undefined
      return id === undefined ? -1 : id
    }
    const scanned = this.scanned
    for (let id = 0; id < count; id++) {
      if (scanned[id] === value) return id
    }
    return -1
  }

  /** Gives the object the next number. The reader must call its own `register` at the same points. */
  register(value: object): void {
    const id = this.count++
    if (id < SCANNED_OBJECTS_MAX) {
      this.scanned[id] = value
      return
    }
    if (id === SCANNED_OBJECTS_MAX) {
      for (let early = 0; early < id; early++) mapSet(this.ids, this.scanned[early], early)
    }
    mapSet(this.ids, value, id)
  }
}

function writeUint32(bytes: Uint8Array, position: number, number: number): void {
  bytes[position] = number >>> 24
  bytes[position + 1] = number >>> 16
  bytes[position + 2] = number >>> 8
  bytes[position + 3] = number
}

function writeExtensionHeader(
  bytes: Uint8Array,
  position: number,
  type: number,
  length: number,
): void {
  bytes[position] = 0xc9
  writeUint32(bytes, position + 1, length)
  bytes[position + 5] = type
}

function bytesOf(buffer: ArrayBufferLike): Uint8Array {
  try {
    return new Bytes(buffer)
  } catch {
    return new Bytes(0) // the buffer was transferred elsewhere
  }
}

/** A getter may log, and logging encodes: then the inner call must not find the outer one's buffer here. */
let idleWriter: Writer | undefined = new Writer()

/**
 * Never throws for the sake of a value; invariant 1 says what becomes of those that cannot travel.
 * What remains are the engine's own limits: memory, and a caller who has already used up the stack.
 *
 * @example decode(encode(new Map([['a', /x/g]]))) // Map { 'a' => /x/g }
 */
export function encode(value: unknown): Uint8Array {
  const writer = idleWriter ?? new Writer()
  idleWriter = undefined
  try {
    return writer.message(value)
  } finally {
    writer.reset()
    idleWriter = writer
  }
}

/** The bytes are not a message of this codec: cut off, altered, or of another version. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
  /** Where in the input, in bytes. */
  readonly offset: number

  constructor(reason: string, offset: number, options?: { cause: unknown }) {
    super(`cannot decode message: ${reason} at byte ${offset}`, options)
    this.offset = offset
  }
}

// Property names repeat: a hit spares both building the string and V8's lookup of its unique copy.
const KEY_CACHE_SIZE = 1024
const keyCache: (string | undefined)[] = []
for (let index = 0; index < KEY_CACHE_SIZE; index++) keyCache[index] = undefined

/** For each length, the arguments of `String.fromCharCode`, overwritten by each string of that length. */
const unitLists: number[][] = []
for (let length = 0; length <= SHORT_STRING_BYTES; length++) {
  unitLists[length] = []
  for (let index = 0; index < length; index++) unitLists[length][index] = 0
}

class Reader {
  readonly bytes: Uint8Array
  readonly buffer: ArrayBufferLike
  /** Where `bytes` starts in `buffer`. */
  readonly origin: number
  /** End of the input or of the extension being read; nothing may reach beyond. */
  end: number
  position = 0
  depth = 0
  objects: object[] = []
  links: { value: object; kind: number }[] = []
  /** The linked container whose contents come next. */
  pending: { value: object; kind: number } | undefined

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.buffer = arrayBuffer(bytes)
    this.origin = arrayByteOffset(bytes)
    this.end = arrayLength(bytes)
  }

  message(): unknown {
    const bytes = this.bytes
    if (this.end >= 6 && bytes[0] === 0xc9 && bytes[5] === DEEP) {
      this.position = 1
      const length = this.uint32()
      this.position = 6
      if (length !== this.end - 6) throw this.failure('wrong length of a deep message')
    }
    const root = this.value()
    for (let index = 0; index < this.links.length; index++) {
      this.pending = this.links[index]
      this.value()
      if (this.pending !== undefined) throw this.failure('missing contents of a deep container')
    }
    if (this.position !== this.end) throw this.failure('unexpected bytes after the message')
    return root
  }

  value(): unknown {
    const tag = this.byte()
    if (tag < 0x80) return tag
    if (tag < 0x90) return this.object(tag & 0x0f)
    if (tag < 0xa0) return this.array(tag & 0x0f)
    if (tag < 0xc0) return this.string(tag & 0x1f)
    if (tag >= 0xe0) return tag - 0x100
    switch (tag) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.binary(this.size(tag - 0xc4))
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.extension(this.size(tag - 0xc7))
      case 0xca:
        return this.float32()
      case 0xcb:
        return this.float64()
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.size(tag - 0xcc)
      case 0xcf:
        return this.int64(this.uint32())
      case 0xd0:
        return (this.byte() << 24) >> 24
      case 0xd1:
        return (this.uint16() << 16) >> 16
      case 0xd2:
        return this.uint32() | 0
      case 0xd3:
        return this.int64(this.uint32() | 0)
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.extension(1 << (tag - 0xd4))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.string(this.size(tag - 0xd9))
      case 0xdc:
      case 0xdd:
        return this.array(this.size(tag - 0xdb))
      case 0xde:
      case 0xdf:
        return this.object(this.size(tag - 0xdd))
    }
    throw this.failure('unknown tag', this.position - 1)
  }

  object(count: number): object {
    const target = this.container(OBJECT_KIND)
    this.fields(target, count)
    this.depth--
    return target
  }

  fields(target: object, count: number): void {
    this.check(count * 2)
    // The cast only allows the index; `target` is an object of ours.
    const fields = target as Record<string, unknown>
    for (let index = 0; index < count; index++) {
      const key = this.key()
      const value = this.value()
      // Assignment would run an inherited setter, of which `__proto__` is the famous one.
      if (key in fields) define(fields, key, value, true)
      else fields[key] = value
    }
  }

  array(count: number): object {
    this.check(count)
    // A container of this kind is an array.
    const array = this.container(ARRAY_KIND) as unknown[]
    const bytes = this.bytes
    for (let index = 0; index < count; index++) {
      const at = this.position
      if (bytes[at] === 0xd4 && bytes[at + 1] === HOLE && this.end - at >= 3) this.position = at + 3
      else array[index] = this.value()
    }
    if (array.length !== count) array.length = count
    this.depth--
    return array
  }

  /** Creates and numbers an empty container, or picks up the one that a LINK left behind. */
  container(kind: number): object {
    if (++this.depth > DEPTH_MAX) throw this.failure('containers nested too deeply')
    const pending = this.pending
    if (pending === undefined) return this.register(create(kind))
    if (pending.kind !== kind) throw this.failure('wrong contents of a deep container')
    this.pending = undefined
    return pending.value
  }

  register<Value extends object>(value: Value): Value {
    this.objects[this.objects.length] = value
    return value
  }

  extension(length: number): unknown {
    const type = this.byte()
    this.check(length)
    const start = this.position
    const end = start + length
    switch (type) {
      case UNDEFINED:
        this.position = end
        return undefined
      case REFERENCE:
        return this.reference(length)
      case DATE:
        if (length !== 8) throw this.failure('wrong length of a date')
        return this.register(new DateClass(this.float64()))
      case BIGINT:
        return this.bigint(end)
      case UTF16:
        return this.utf16(end)
      case BUFFER:
        return this.register(arrayBuffer(this.copy(length)))
      case LINK: {
        if (length !== 1) throw this.failure('wrong length of a link')
        const kind = this.byte()
        if (!isContainer(kind)) throw this.failure('unknown kind of link', start)
        const value = this.register(create(kind))
        this.links[this.links.length] = { value, kind }
        return value
      }
    }
    // The others are sequences.
    const outer = this.end
    this.end = end
    const value = this.sequence(type, start)
    if (this.position !== end) throw this.failure('unexpected bytes in an extension')
    this.end = outer
    return value
  }

  sequence(type: number, start: number): unknown {
    switch (type) {
      case REGEXP:
        return this.regexp(start)
      case MAP: {
        const map = this.container(MAP_KIND)
        while (this.position < this.end) {
          const key = this.value()
          mapSet(map, key, this.value())
        }
        this.depth--
        return map
      }
      case SET: {
        const set = this.container(SET_KIND)
        while (this.position < this.end) setAdd(set, this.value())
        this.depth--
        return set
      }
      case ERROR:
        return this.error(start)
      case VIEW:
        return this.view(start)
      case BOXED:
        return this.boxed(start)
      case SPARSE:
        return this.sparse(start)
    }
    throw this.failure('unknown extension', start - 1)
  }

  reference(length: number): object {
    if (length !== 4) throw this.failure('wrong length of a reference')
    const id = this.uint32()
    if (id >= this.objects.length) throw this.failure('unknown reference', this.position - 4)
    return this.objects[id]
  }

  error(start: number): object {
    const classIndex = this.natural()
    if (classIndex >= ERROR_CLASSES.length) throw this.failure('unknown error class', start)
    const error = this.container(ERROR_KIND + classIndex)
    // Replaces the stack of this very line, also when the original had none.
    define(error, 'stack', undefined, false)
    const hidden = this.mapHeader()
    for (let index = 0; index < hidden; index++) {
      const key = this.key()
      define(error, key, this.value(), false)
    }
    this.fields(error, this.mapHeader())
    this.depth--
    return error
  }

  sparse(start: number): object {
    const length = this.natural()
    // Shorter ones could claim space that they did not send; see below.
    if (length < SPARSE_LENGTH_MIN) throw this.failure('wrong length of a sparse array', start)
    const array = this.container(ARRAY_KIND) as unknown[]
    // V8 allocates what `array.length = …` says, but a far index makes it switch to a hash table.
    array[length - 1] = 0
    delete array[length - 1]
    while (this.position < this.end) {
      const index = this.natural()
      if (index >= length) throw this.failure('index beyond a sparse array', start)
      array[index] = this.value()
    }
    this.depth--
    return array
  }

  // Leaves are numbered after their parts have been read, and the writer does the same.

  regexp(start: number): object {
    const source = this.value()
    const flags = this.value()
    if (typeof source !== 'string' || typeof flags !== 'string') {
      throw this.failure('wrong contents of a regular expression', start)
    }
    try {
      return this.register(new RegExpClass(source, flags))
    } catch (cause) {
      throw new CodecError('invalid regular expression', start, { cause })
    }
  }

  boxed(start: number): object {
    const primitive = this.value()
    if (primitive === undefined || primitive === null || typeof primitive === 'object') {
      throw this.failure('wrong contents of a boxed primitive', start)
    }
    // The cast picks the overload: the object form of a primitive.
    return this.register(toObject(primitive) as object)
  }

  view(start: number): object {
    const classIndex = this.natural()
    const offset = this.natural()
    const length = this.natural()
    const buffer = this.value()
    if (classIndex >= VIEW_CLASSES.length) throw this.failure('unknown class of view', start)
    try {
      bufferByteLength(buffer) // throws unless it is an ArrayBuffer
      const { constructor } = VIEW_CLASSES[classIndex]
      return this.register(new constructor(buffer, offset, length))
    } catch (cause) {
      throw new CodecError('view outside of its buffer', start, { cause })
    }
  }

  binary(length: number): Uint8Array {
    const bytes = this.copy(length)
    this.register(arrayBuffer(bytes))
    return this.register(bytes)
  }

  copy(length: number): Uint8Array {
    this.check(length)
    const bytes = new Bytes(length)
    setBytes(bytes, this.slice(length))
    return bytes
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

  utf16(end: number): string {
    if ((end - this.position) % 2 !== 0) throw this.failure('half a code unit')
    let text = ''
    while (this.position < end) text += fromCharCode(this.uint16())
    return text
  }

  key(): string {
    const start = this.position
    const tag = this.byte()
    if (tag < 0xa0 || tag >= 0xc0) {
      this.position = start
      const key = this.value()
      if (typeof key !== 'string') throw this.failure('property name that is not a string', start)
      return key
    }
    const length = tag & 0x1f
    this.check(length)
    const bytes = this.bytes
    const from = this.position
    let hash = length
    for (let index = 0; index < length; index++) hash = (hash * 31 + bytes[from + index]) | 0
    const slot = (hash ^ (hash >>> 10)) & (KEY_CACHE_SIZE - 1)
    const cached = keyCache[slot]
    if (cached !== undefined && cached.length === length) {
      let index = 0
      while (index < length && charCodeAt(cached, index) === bytes[from + index]) index++
      if (index === length) {
        this.position += length
        return cached
      }
    }
    const key = this.string(length)
    // Only ASCII: the units of `Ã©` are the bytes of `é`.
    if (key.length === length) keyCache[slot] = key
    return key
  }

  string(length: number): string {
    this.check(length)
    if (length <= SHORT_STRING_BYTES) {
      const bytes = this.bytes
      const units = unitLists[length]
      let all = 0
      for (let index = 0; index < length; index++)
        all |= units[index] = bytes[this.position + index]
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

  natural(): number {
    const start = this.position
    const value = this.value()
    if (typeof value === 'number' && value >>> 0 === value) return value
    throw this.failure('expected a natural number', start)
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

function isContainer(kind: number): boolean {
  return kind <= SET_KIND || (kind >= ERROR_KIND && kind < ERROR_KIND + ERROR_CLASSES.length)
}

function create(kind: number): object {
  switch (kind) {
    case OBJECT_KIND:
      return {}
    case ARRAY_KIND:
      return []
    case MAP_KIND:
      return new MapClass()
    case SET_KIND:
      return new SetClass()
  }
  const { name, constructor } = ERROR_CLASSES[kind - ERROR_KIND]
  const limit = ErrorClass.stackTraceLimit
  try {
    // Without a limit V8 takes no stack, nor does it ever ask `Error.prepareStackTrace` to format one. That
    // is most of the time otherwise, and the original's stack replaces it anyway.
    reflectSet(ErrorClass, 'stackTraceLimit', undefined)
    return name === 'AggregateError' ? new constructor(noErrors) : new constructor()
  } finally {
    reflectSet(ErrorClass, 'stackTraceLimit', limit)
  }
}

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  // Without a prototype, so that `Object.prototype.get = …` cannot turn this into an accessor.
  defineProperty(target, key, {
    // @ts-expect-error TypeScript does not know the `__proto__` of literals in descriptors
    __proto__: null,
    value,
    enumerable,
    writable: true,
    configurable: true,
  })
}

/** Throws a `CodecError` unless the bytes are exactly one message. */
export function decode(bytes: Uint8Array): unknown {
  return new Reader(bytes).message()
}
