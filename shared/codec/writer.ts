/**
 * Values to bytes: decides what becomes of each value, and numbers the objects so that a second mention
 * is a reference. The reader's counterpart, method by method.
 */
import { brandOf } from './brand.ts'
import {
  ARRAY_KIND,
  BOXED,
  BOXED_KIND,
  BUFFER,
  BUFFER_KIND,
  DATE,
  DATE_KIND,
  DEEP,
  DEPTH_MAX,
  ERROR,
  ERROR_CLASSES,
  ERROR_KIND,
  HOLE,
  LINK,
  MAP,
  MAP_KIND,
  OBJECT_KIND,
  PRINTED_KIND,
  REFERENCE,
  REGEXP,
  REGEXP_KIND,
  SET,
  SET_KIND,
  SPARSE,
  SPARSE_LENGTH_MIN,
  UNDEFINED,
  VIEW,
  VIEW_CLASSES,
  VIEW_KIND,
  VIEW_UINT8,
} from './extensions.ts'
import { descriptorOf, keysOf, owns, printFunction, read } from './inspection.ts'
import { Output, writeExtensionHeader, writeUint32 } from './output.ts'
import {
  arrayBuffer,
  arrayByteLength,
  arrayByteOffset,
  arrayClassName,
  arrayLength,
  Bytes,
  dateValue,
  MapClass,
  mapClear,
  mapForEach,
  mapGet,
  mapSet,
  REGEXP_FLAGS,
  regexpSource,
  setBytes,
  setForEach,
  toText,
  viewBuffer,
  viewByteLength,
  viewByteOffset,
} from './primordials.ts'

/** Up to this many objects, scanning a list for shared references is faster than hashing. */
const SCANNED_OBJECTS_MAX = 12

/** Properties that are not enumerable on errors, and are most of what an error is. */
const HIDDEN_ERROR_FIELDS = ['name', 'message', 'stack', 'cause', 'errors', 'error', 'suppressed']

class Writer extends Output {
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

  /** Lets go of user objects. */
  reset(): void {
    this.rewind()
    if (this.count > SCANNED_OBJECTS_MAX) mapClear(this.ids)
    this.scanned.length = 0
    this.links.length = 0
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
