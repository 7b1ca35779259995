/**
 * Bytes to values, and the writer's counterpart, method by method. It trusts nothing: the input may be cut
 * off, altered, or of another version, and must then end in a `CodecError`.
 */
import { CodecError } from './codec-error.ts'
import { create, define, isContainer } from './containers.ts'
import {
  ARRAY_KIND,
  BIGINT,
  BOXED,
  BUFFER,
  DATE,
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
  REFERENCE,
  REGEXP,
  SET,
  SET_KIND,
  SPARSE,
  SPARSE_LENGTH_MIN,
  UNDEFINED,
  UTF16,
  VIEW,
  VIEW_CLASSES,
} from './extensions.ts'
import { Input } from './input.ts'
import {
  arrayBuffer,
  bufferByteLength,
  charCodeAt,
  DateClass,
  mapSet,
  RegExpClass,
  setAdd,
  toObject,
} from './primordials.ts'

// Property names repeat: a hit spares both building the string and V8's lookup of its unique copy.
const KEY_CACHE_SIZE = 1024
const keyCache: (string | undefined)[] = []
for (let index = 0; index < KEY_CACHE_SIZE; index++) keyCache[index] = undefined

class Reader extends Input {
  depth = 0
  objects: object[] = []
  links: { value: object; kind: number }[] = []
  /** The linked container whose contents come next. */
  pending: { value: object; kind: number } | undefined

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

  natural(): number {
    const start = this.position
    const value = this.value()
    if (typeof value === 'number' && value >>> 0 === value) return value
    throw this.failure('expected a natural number', start)
  }
}

/** Throws a `CodecError` unless the bytes are exactly one message. */
export function decode(bytes: Uint8Array): unknown {
  return new Reader(bytes).message()
}
