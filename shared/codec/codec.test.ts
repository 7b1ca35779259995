import { isDeepStrictEqual } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CodecError, decode, encode } from './index.ts'

function roundTrip<Value>(value: Value): Value {
  // The cast is the law under test.
  return decode(encode(value)) as Value
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function unhex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
}

/** `isDeepStrictEqual` holds two invalid dates, and nothing else that we send, for different. */
function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toStrictEqual(expected)
}

function withCause(error: Error, cause: unknown): Error {
  return Object.defineProperty(error, 'cause', { value: cause, writable: true, configurable: true })
}

function withStack(error: Error, stack: string): Error {
  return Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true })
}

function holey(length: number, items: Record<number, unknown>): unknown[] {
  const array: unknown[] = []
  array.length = length
  return Object.assign(array, items)
}

/** Arrays, objects, maps, sets and errors in turn, `depth` levels deep. */
function nest(depth: number): unknown {
  let value: unknown = 'bottom'
  for (let level = 0; level < depth; level++) {
    if (level % 5 === 0) value = [value]
    else if (level % 5 === 1) value = { value }
    else if (level % 5 === 2) value = new Map([['value', value]])
    else if (level % 5 === 3) value = new Set([value])
    else value = withCause(withStack(new Error('level'), 'at level'), value)
  }
  return value
}

/** The way down that `nest` built, without recursion. */
function unnest(value: unknown): { bottom: unknown; depth: number } {
  let depth = 0
  for (; typeof value === 'object' && value !== null; depth++) {
    if (Array.isArray(value)) value = value[0]
    else if (value instanceof Map) value = value.get('value')
    else if (value instanceof Set) value = [...value][0]
    else if (value instanceof Error) value = value.cause
    else value = (value as { value: unknown }).value
  }
  return { bottom: value, depth }
}

const probes: [name: string, value: unknown][] = [
  ['null', null],
  ['undefined', undefined],
  ['true', true],
  ['false', false],
  ['minus zero', -0],
  ['NaN', NaN],
  ['infinities', [Infinity, -Infinity]],
  ['a fraction', 0.1],
  ['an empty string', ''],
  ['ASCII around the short string limits', [31, 32, 63, 64, 65, 255, 256].map((n) => 'x'.repeat(n))],
  ['text beyond ASCII', ['é', '€', '😀', 'é'.repeat(63), '€'.repeat(100), '😀'.repeat(40_000)]],
  ['ASCII with one late character', `${'x'.repeat(100_000)}€`],
  ['a string with a byte order mark', ['\uFEFFx', `\uFEFF${'x'.repeat(100)}`]],
  ['lone surrogates', ['\uD800', `${'x'.repeat(100)}\uDC00`, '\uDE00\uD83D']],
  ['a source file of 333 KB', 'export const value = 1\n'.repeat(14_500)],
  ['undefined in an object', { a: undefined, b: null }],
  ['undefined in an array', [undefined, null, undefined]],
  ['a sparse array', holey(6, { 0: 1, 2: undefined, 4: 5 })],
  ['an array of holes', holey(40, {})],
  ['a long array of holes', holey(3000, {})],
  ['a long array with few items', holey(1_000_000, { 0: 'a', 999: undefined, 999_999: 'z' })],
  [
    'a long array with every other item',
    holey(5000, Object.fromEntries(Array.from({ length: 2500 }, (_, n) => [n * 2, n]))),
  ],
  ['a long dense array', Array.from({ length: 70_000 }, (_, index) => index)],
  [
    'an object with many keys',
    Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`k${index}`, index])),
  ],
  ['an own __proto__ key', JSON.parse('{ "__proto__": { "polluted": true }, "a": 1 }')],
  ['own keys that Object.prototype has as well', { toString: 1, constructor: 2, hasOwnProperty: 3 }],
  ['keys beyond ASCII', { é: 1, '€': 2, '\uD800': 3, '': 4, [`k${'x'.repeat(100)}`]: 5 }],
  ['integer-like keys', { 2: 'b', 1: 'a', '-1': 'c', '01': 'd' }],
  ['a date', new Date(1_762_041_600_000)],
  ['a date before the epoch', new Date(-1)],
  ['a regular expression', /a\/b[\n]/dgimsuy],
  ['a regular expression with the v flag', /[\p{L}--[a-z]]/v],
  ['an empty regular expression', new RegExp('')],
  ['a regular expression with a lone surrogate', /\uD800/],
  [
    'a map with object keys',
    new Map<unknown, unknown>([
      [{ a: 1 }, 1],
      ['b', new Map()],
      [NaN, undefined],
    ]),
  ],
  ['a set', new Set<unknown>([1, 'a', new Set([{}])])],
  ['bigints', [0n, 1n, -1n, 2n ** 64n, -(10n ** 60n), 2n ** 4000n]],
  ['boxed primitives', [Object(1), Object(-0), Object('a'), Object(false), Object(10n)]],
  ['an ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
  ['an empty ArrayBuffer', new ArrayBuffer(0)],
  ['a DataView', new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)],
  [
    'typed arrays',
    [
      new Int8Array([-1]),
      new Uint8Array([1, 255]),
      new Uint8ClampedArray([1]),
      new Int16Array([-2]),
      new Uint16Array([2]),
      new Int32Array([-3]),
      new Uint32Array([3]),
      new Float32Array([0.5, NaN]),
      new Float64Array([0.1, -0]),
      new BigInt64Array([-4n]),
      new BigUint64Array([4n]),
    ],
  ],
  ['a view of a part', new Uint16Array(new Uint8Array(8).fill(7).buffer, 2, 2)],
  ['an error', new Error('boom')],
  ['an error without message', new Error()],
  ['an error with an empty message', new Error('')],
  [
    'each class of error',
    [
      new EvalError('a'),
      new RangeError('b'),
      new ReferenceError('c'),
      new SyntaxError('d'),
      new TypeError('e'),
      new URIError('f'),
    ],
  ],
  ['an error with a cause', new Error('outer', { cause: new TypeError('inner', { cause: 'text' }) })],
  ['an error whose cause is undefined', new Error('outer', { cause: undefined })],
  ['an AggregateError', new AggregateError([new RangeError('a'), 'b', null], 'all')],
  [
    'an error with own properties',
    Object.assign(new Error('boom'), { code: 'ERR_LOAD_URL', loc: { line: 1 }, frame: undefined }),
  ],
  ['an error with an assigned name', Object.assign(new Error('boom'), { name: 'CustomError' })],
]

describe('every value that structured clone keeps', () => {
  test.each(probes)('%s', (_name, value) => {
    expectSame(roundTrip(value), value)
  })

  test.each([
    -129,
    -128,
    -33,
    -32,
    -1,
    0,
    1,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 53 - 1,
    -(2 ** 53),
    Number.MIN_VALUE,
    Number.MAX_VALUE,
  ])('number %d', (value) => {
    expect(roundTrip(value)).toBe(value)
  })

  test('an invalid date', () => {
    const date = roundTrip(new Date(NaN))
    expect(date).toBeInstanceOf(Date)
    expect(date.getTime()).toBeNaN()
  })

  test('a regular expression arrives with lastIndex 0', () => {
    const regexp = /a/g
    regexp.lastIndex = 3
    expect(roundTrip(regexp)).toStrictEqual(/a/g)
    expect(roundTrip(regexp).lastIndex).toBe(0)
  })

  test('names that share their bytes with the characters of others', () => {
    expect(roundTrip([{ 'Ã©': 1 }, { é: 2 }, { 'Ã©': 3 }])).toStrictEqual([
      { 'Ã©': 1 },
      { é: 2 },
      { 'Ã©': 3 },
    ])
  })

  test('an own __proto__ key does not set a prototype', () => {
    const value = roundTrip(JSON.parse('{ "__proto__": { "polluted": true } }'))
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.keys(value)).toStrictEqual(['__proto__'])
  })

  test('an array of four billion holes takes no time and no space', () => {
    const array = holey(2 ** 32 - 1, { 0: 'a', 4_000_000_000: 'z' })
    expect(encode(array).length).toBeLessThan(40)
    const copy = roundTrip(array)
    expect(copy.length).toBe(2 ** 32 - 1)
    expect(Object.entries(copy)).toStrictEqual([
      ['0', 'a'],
      ['4000000000', 'z'],
    ])
  })

  test('shared memory and resizable buffers arrive as ordinary buffers', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(7)
    const resizable = new Uint8Array(new ArrayBuffer(2, { maxByteLength: 8 })).fill(7)
    expectSame(roundTrip([shared, resizable]), [new Uint8Array([7, 7]), new Uint8Array([7, 7])])
    expectSame(roundTrip(shared.buffer), new Uint8Array([7, 7]).buffer)
  })

  test('views of a transferred buffer arrive empty', () => {
    const bytes = new Uint8Array(4)
    const view = new DataView(bytes.buffer, 1)
    structuredClone(bytes, { transfer: [bytes.buffer] })
    expectSame(roundTrip([bytes, view]), [new Uint8Array(0), new DataView(new ArrayBuffer(0))])
  })

  test('objects of another realm', () => {
    const foreign = runInNewContext(`({
      list: [1], map: new Map([[1, 2]]), set: new Set([1]), date: new Date(5), regexp: /a/g,
      error: new TypeError('boom'), bytes: new Uint8Array([1]), boxed: Object('a'), later: Promise.resolve(),
    })`)
    const { error, ...rest } = roundTrip(foreign)
    expectSame(rest, {
      list: [1],
      map: new Map([[1, 2]]),
      set: new Set([1]),
      date: new Date(5),
      regexp: /a/g,
      bytes: new Uint8Array([1]),
      boxed: Object('a'),
      later: 'Promise',
    })
    expect(error).toBeInstanceOf(TypeError)
    expect(error.stack).toBe(foreign.error.stack)
  })
})

describe('identity', () => {
  test('shared references stay shared', () => {
    for (const shared of [
      {},
      [],
      new Map(),
      new Set(),
      new Date(0),
      /a/,
      new Error('a'),
      Object(1),
      new ArrayBuffer(1),
    ]) {
      const [first, second] = roundTrip([shared, { shared }] as [unknown, { shared: unknown }])
      expect(second.shared).toBe(first)
    }
  })

  test('cycles through every container', () => {
    const object: Record<string, unknown> = {}
    const error = new Error('boom')
    const all = [object, new Map<unknown, unknown>([[object, 'key']]), new Set<unknown>([object]), error]
    Object.assign(object, { all, self: object })
    Object.assign(withCause(error, error), { owner: object })
    const [first, map, set, copy] = roundTrip(all) as [
      typeof object,
      Map<unknown, unknown>,
      Set<unknown>,
      typeof error & { owner: unknown },
    ]
    expect(first.self).toBe(first)
    expect(map.get(first)).toBe('key')
    expect(set.has(first)).toBe(true)
    expect(copy.cause).toBe(copy)
    expect(copy.owner).toBe(first)
  })

  test('views of one buffer still share it', () => {
    const buffer = new ArrayBuffer(8)
    const value = [
      new Uint8Array(buffer),
      new Uint16Array(buffer, 2, 1),
      new DataView(buffer),
      buffer,
      new Uint8Array(buffer),
    ] as const
    const [bytes, words, view, copy, again] = roundTrip(value)
    words[0] = 0xffff
    expect([words.buffer, view.buffer, copy, again.buffer]).toStrictEqual(Array(4).fill(bytes.buffer))
    expect([bytes[2], again[2], view.getUint8(2)]).toStrictEqual([255, 255, 255])
    expect(again).not.toBe(bytes)
  })

  test('more objects than a scan is good for', () => {
    const objects = Array.from({ length: 300 }, (_, id) => ({ id }))
    const copy = roundTrip([...objects, ...objects])
    for (let id = 0; id < 300; id++) expect(copy[id]).toBe(copy[300 + id])
  })

  test('printed values take no number', () => {
    const shared = {}
    const copy = roundTrip([Promise.resolve(), () => {}, Symbol('a'), shared, shared])
    expect(copy[3]).toStrictEqual({})
    expect(copy[4]).toBe(copy[3])
  })
})

describe('errors', () => {
  test('keep class, message, stack and the visibility of their fields', () => {
    const error = Object.assign(new TypeError('boom', { cause: 1 }), { code: 'ERR_LOAD_URL' })
    const copy = roundTrip(error)
    expect(copy).toBeInstanceOf(TypeError)
    expect(copy.stack).toBe(error.stack)
    expect(Object.keys(copy)).toStrictEqual(['code'])
    expect(Object.getOwnPropertyNames(copy).sort()).toStrictEqual(['cause', 'code', 'message', 'stack'])
  })

  test('of a user class become the nearest built-in class and keep their name', () => {
    class CustomError extends RangeError {
      override get name() {
        return 'CustomError'
      }
      detail = { a: 1 }
    }
    const copy = roundTrip(new CustomError('boom'))
    expect(copy).toBeInstanceOf(RangeError)
    expect(`${copy}`).toBe('CustomError: boom')
    expect(copy.detail).toStrictEqual({ a: 1 })
  })

  test('like DOMException become an Error with name and message', () => {
    const copy = roundTrip(new DOMException('stop', 'AbortError'))
    expect(copy).toBeInstanceOf(Error)
    expect([copy.name, copy.message]).toStrictEqual(['AbortError', 'stop'])
  })

  test('without stack do not get one from the decoder', () => {
    const error = new Error('boom')
    delete error.stack
    expect(roundTrip(error).stack).toBeUndefined()
  })

  test('do not disturb Error.stackTraceLimit', () => {
    const limit = Error.stackTraceLimit
    roundTrip(new Error('boom'))
    expect(Error.stackTraceLimit).toBe(limit)
  })
})

describe('values that cannot be cloned are printed', () => {
  const throwing = {
    get error() {
      throw new TypeError('no')
    },
    get text() {
      throw 'plain'
    },
    get worse() {
      throw {
        get message() {
          throw 1
        },
      }
    },
    fine: 1,
  }
  const revocable = Proxy.revocable({}, {})
  revocable.revoke()

  test.each<[name: string, value: unknown, expected: unknown]>([
    ['a named function', function named() {}, 'Function<named>'],
    ['an anonymous function', (() => () => {})(), 'Function<anonymous>'],
    ['a class', class Service {}, 'Function<Service>'],
    [
      'a class with a static name()',
      class {
        static name() {}
      },
      'Function<anonymous>',
    ],
    ['a symbol', Symbol('a'), 'Symbol(a)'],
    ['a boxed symbol', Object(Symbol('a')), Object('Symbol(a)')],
    ['a promise', Promise.resolve(), 'Promise'],
    ['a WeakMap', new WeakMap(), 'WeakMap'],
    ['a WeakSet', new WeakSet(), 'WeakSet'],
    ['a WeakRef', new WeakRef({}), 'WeakRef'],
    [
      'getters that throw',
      throwing,
      {
        error: '<unserializable>: TypeError: no',
        text: '<unserializable>: plain',
        worse: '<unserializable>',
        fine: 1,
      },
    ],
    [
      'a revoked proxy',
      [revocable.proxy],
      [expect.stringMatching(/^<unserializable>: TypeError: .*revoked/)],
    ],
    [
      'a proxy without keys',
      [
        new Proxy(
          {},
          {
            ownKeys() {
              throw new Error('no')
            },
          },
        ),
      ],
      ['<unserializable>: Error: no'],
    ],
    ['a proxy around a map', new Proxy(new Map([[1, 2]]), {}), {}],
    [
      'an object that only inherits from Map',
      Object.assign(Object.create(Map.prototype), { a: 1 }),
      { a: 1 },
    ],
    [
      'a proxy of an array that lies',
      new Proxy([1], { get: (array, key) => (key === 'length' ? 'x' : Reflect.get(array, key)) }),
      [],
    ],
    [
      'a class instance',
      new (class {
        a = 1
        #b = 2
        get c() {
          return this.#b
        }
      })(),
      { a: 1 },
    ],
    ['a null-prototype object', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [
      'symbol keys and hidden keys',
      Object.defineProperty({ a: 1, [Symbol('b')]: 2 }, 'c', { value: 3 }),
      { a: 1 },
    ],
    ['extra properties of an array', Object.assign([1], { index: 0 }), [1]],
    ['a subclass of Map', new (class extends Map<number, number> {})([[1, 2]]), new Map([[1, 2]])],
  ])('%s', (_name, value, expected) => {
    expect(decode(encode(value))).toStrictEqual(expected)
  })
})

test('a getter may encode, as console forwarding does', () => {
  const inner: unknown[] = []
  const value = {
    before: 'a',
    get logs() {
      inner.push(roundTrip({ nested: 'x'.repeat(20_000) }))
      return 'b'
    },
    after: 'c',
  }
  expect(roundTrip(value)).toStrictEqual({ before: 'a', logs: 'b', after: 'c' })
  expect(inner).toStrictEqual([{ nested: 'x'.repeat(20_000) }])
})

test('a getter may change what is being encoded', () => {
  const map = new Map<string, unknown>()
  const list: unknown[] = []
  map
    .set('a', {
      get clear() {
        map.clear()
        list.length = 1
        return 1
      },
    })
    .set('b', 2)
  list.push(map, 'gone')
  const entries: [string, unknown][] = [
    ['a', { clear: 1 }],
    ['b', 2],
  ]
  expect(roundTrip(list)).toStrictEqual(holey(2, { 0: new Map(entries) }))
})

describe('depth', () => {
  test.each([127, 128, 129, 130, 10_000])('%d nested containers', (depth) => {
    expect(unnest(roundTrip(nest(depth)))).toStrictEqual({ bottom: 'bottom', depth })
  })

  test('references and siblings across the limit', () => {
    const root: { down?: unknown } = {}
    let at = root
    for (let level = 0; level < 1000; level++) at = (at.down = { root, level, list: [level] }) as typeof root
    let copy = roundTrip(root) as {
      root?: unknown
      down?: unknown
      level?: number
      list?: number[]
    }
    const top = copy
    for (let level = 0; level < 1000; level++) {
      copy = copy.down as typeof copy
      expect(copy).toMatchObject({ level, list: [level] })
      expect(copy.root).toBe(top)
    }
  })
})

describe('the format', () => {
  test.each<[value: unknown, bytes: string]>([
    [null, 'c0'],
    [[true, false], '92 c3 c2'],
    [{ a: 1, b: [-1, 200] }, '82 a1 61 01 a1 62 92 ff cc c8'],
    [1.5, 'cb 3f f8 00 00 00 00 00 00'],
    ['é', 'da 00 02 c3 a9'],
    [undefined, 'd4 00 00'],
    [new Uint8Array([1, 2]), 'c6 00 00 00 02 01 02'],
  ])('writes %o', (value, bytes) => {
    expect(hex(encode(value))).toBe(hex(unhex(bytes)))
  })

  // What rmp-serde and other libraries write, and `encode` does not.
  test.each<[bytes: string, value: unknown]>([
    ['ca 3f c0 00 00', 1.5],
    ['cf 00 1f ff ff ff ff ff ff', Number.MAX_SAFE_INTEGER],
    ['cf ff ff ff ff ff ff ff ff', 2n ** 64n - 1n],
    ['d3 ff ff ff ff ff ff ff fe', -2],
    ['d3 80 00 00 00 00 00 00 00', -(2n ** 63n)],
    ['d0 80', -128],
    ['d1 80 00', -32_768],
    ['d9 01 61', 'a'],
    ['a2 c3 a9', 'é'],
    ['c4 01 07', new Uint8Array([7])],
    ['81 d9 01 61 c0', { a: null }],
  ])('reads %s', (bytes, value) => {
    expectSame(decode(unhex(bytes)), value)
  })

  test('reads from the middle of a buffer', () => {
    const bytes = encode({ a: 'x'.repeat(100), b: new Float64Array([1]) })
    const padded = new Uint8Array(bytes.length + 7)
    padded.set(bytes, 3)
    expectSame(decode(padded.subarray(3, 3 + bytes.length)), decode(bytes))
  })
})

describe('malformed input', () => {
  test.each<[name: string, bytes: string, reason: RegExp]>([
    ['nothing at all', '', /unexpected end at byte 0/],
    ['the tag that MessagePack never uses', 'c1', /unknown tag at byte 0/],
    ['two messages', '01 02', /unexpected bytes after the message at byte 1/],
    ['an array that claims four billion items', 'dd ff ff ff ff', /unexpected end/],
    ['an object that claims four billion fields', 'df ff ff ff ff', /unexpected end/],
    ['a string that claims four gigabytes', 'db ff ff ff ff', /unexpected end/],
    ['bytes that claim four gigabytes', 'c6 ff ff ff ff', /unexpected end/],
    ['a buffer that claims four gigabytes', 'c9 ff ff ff ff 0a', /unexpected end/],
    ['an extension longer than its container', 'c7 03 06 c7 02 06 01', /unexpected end/],
    ['an extension with a value cut off', 'c7 01 06 cd', /unexpected end/],
    ['a map with a key only', 'c7 01 05 01', /unexpected end/],
    ['a string that is not UTF-8', 'a1 ff', /string that is not UTF-8 at byte 1/],
    ['a key that is not a string', '81 01 02', /property name that is not a string/],
    ['a hole outside of an array', 'd4 01 00', /unknown extension/],
    ['an unknown extension', 'd4 63 00', /unknown extension/],
    ['a reference to nothing', 'd6 02 00 00 00 00', /unknown reference/],
    ['a short reference', 'd5 02 00 00', /wrong length of a reference/],
    ['a short date', 'd6 03 00 00 00 00', /wrong length of a date/],
    ['an invalid pattern', 'c7 03 04 a1 28 a0', /invalid regular expression/],
    ['a pattern that is a number', 'c7 02 04 01 a0', /wrong contents of a regular expression/],
    ['a bigint without digits', 'd4 07 2d', /bigint without digits/],
    ['a bigint with a wrong digit', 'd4 07 7a', /wrong digit of a bigint/],
    ['half a code unit', 'd4 0b d8', /half a code unit/],
    ['an unknown class of error', 'c7 03 08 63 80 80', /unknown error class/],
    ['an error without fields', 'c7 03 08 00 01 80', /expected a map/],
    ['a view outside of its buffer', 'c7 07 09 02 00 02 c7 01 0a 00', /view outside of its buffer/],
    ['a view of something else', 'c7 04 09 02 00 00 90', /view outside of its buffer/],
    ['an unknown class of view', 'c7 06 09 63 00 00 c7 00 0a', /unknown class of view/],
    ['a boxed object', 'd4 0c 90', /wrong contents of a boxed primitive/],
    ['a short sparse array', 'd4 0d 05', /wrong length of a sparse array/],
    ['an index beyond a sparse array', 'c7 07 0d cd 10 00 cd 20 00 01', /index beyond a sparse array/],
    ['a link to an unknown kind', 'd4 0e 63', /unknown kind of link/],
    ['a link without contents', 'd4 0e 01', /unexpected end/],
    [
      'a link with contents of another kind',
      'c9 00 00 00 04 0f d4 0e 01 80',
      /wrong contents of a deep container/,
    ],
    [
      'a link with contents of no kind',
      'c9 00 00 00 04 0f d4 0e 01 01',
      /missing contents of a deep container/,
    ],
    ['a deep message of a wrong length', 'c9 00 00 00 05 0f d4 0e 01 90', /wrong length of a deep message/],
  ])('%s', (_name, bytes, reason) => {
    expect(() => decode(unhex(bytes))).toThrow(reason)
    expect(() => decode(unhex(bytes))).toThrow(CodecError)
  })

  test('a million nested arrays', () => {
    expect(() => decode(new Uint8Array(1_000_000).fill(0x91))).toThrow(/nested too deeply/)
  })

  test('every way to cut a message off', () => {
    const value = {
      a: [1, 'é', undefined, holey(2, {}), 5n, -0],
      b: new Map([[/x/g, new Date(0)]]),
      c: new Error('boom'),
      d: new Float64Array(2),
      e: nest(140),
    }
    const bytes = encode(value)
    for (let length = 0; length < bytes.length; length++) {
      const error = thrownBy(() => decode(bytes.slice(0, length)))
      expect(error).toBeInstanceOf(CodecError)
      expect((error as CodecError).offset).toBeLessThanOrEqual(length)
    }
  })

  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), expectValueOrCodecError), {
      numRuns: 3000,
    })
  })

  test('messages with some bytes changed', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(anything(), fc.array(change, { minLength: 1, maxLength: 4 }), (value, changes) => {
        const bytes = encode([value, nest(130)])
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        expectValueOrCodecError(bytes)
      }),
      { numRuns: 1000 },
    )
  })
})

function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}

function expectValueOrCodecError(bytes: Uint8Array): void {
  const error = thrownBy(() => decode(bytes))
  if (error !== undefined && !(error instanceof CodecError)) throw error
}

function anything(): fc.Arbitrary<unknown> {
  const text = fc.string({ unit: 'binary', size: 'medium' })
  const units = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes))
  return fc.anything({
    key: fc.oneof(text, units),
    values: [
      fc.boolean(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double(),
      fc.bigInt(),
      text,
      units,
      fc.constantFrom(null, undefined, -0, ''),
      fc.date({ noInvalidDate: true }),
      fc.constantFrom(/a/, /b/giu, /\n/s),
    ],
    withBoxedValues: true,
    withMap: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    maxDepth: 4,
  })
}

describe('properties', () => {
  test('what goes in comes out', () => {
    fc.assert(
      fc.property(anything(), (value) => {
        expectSame(roundTrip(value), value)
      }),
      { numRuns: 2000 },
    )
  })

  test('the structured clone of V8 agrees', () => {
    fc.assert(
      fc.property(anything(), (value) => {
        expectSame(roundTrip(value), deserialize(serialize(value)))
      }),
      { numRuns: 1000 },
    )
  })

  test('graphs keep their shape', () => {
    const kinds = fc.array(fc.constantFrom('object', 'array', 'map', 'set', 'error'), {
      minLength: 1,
      maxLength: 40,
    })
    const edges = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 120 })
    fc.assert(
      fc.property(kinds, edges, (nodeKinds, links) => {
        const nodes = nodeKinds.map(createNode)
        for (const [from, to] of links) connect(nodes[from % nodes.length], nodes[to % nodes.length])
        expectSameShape(roundTrip(nodes), nodes)
      }),
      { numRuns: 500 },
    )
  })

  test('two encodings of a value are the same bytes', () => {
    fc.assert(fc.property(anything(), (value) => hex(encode(value)) === hex(encode(value))))
  })
})

function createNode(kind: string): object {
  if (kind === 'array') return []
  if (kind === 'map') return new Map()
  if (kind === 'set') return new Set()
  if (kind === 'error') return Object.assign(new Error('node'), { links: [] })
  return {}
}

function connect(from: object, to: object): void {
  if (Array.isArray(from)) from.push(to)
  else if (from instanceof Map) from.set(to, to)
  else if (from instanceof Set) from.add(to)
  else if (from instanceof Error) withCause(from, to)
  else Object.assign(from, { [`k${Object.keys(from).length}`]: to })
}

function childrenOf(node: object): unknown[] {
  if (node instanceof Map) return [...node].flat()
  if (node instanceof Set) return [...node]
  if (node instanceof Error) return [node.cause]
  return Object.values(node)
}

/** Walks two graphs in step and demands that an object met again on one side is met again on the other. */
function expectSameShape(actual: unknown, expected: unknown): void {
  const pairs = new Map<unknown, unknown>()
  const queue: [unknown, unknown][] = [[actual, expected]]
  for (let pair = queue.pop(); pair !== undefined; pair = queue.pop()) {
    const [left, right] = pair
    if (typeof right !== 'object' || right === null) {
      expect(left).toBe(right)
    } else if (pairs.has(right)) {
      expect(left).toBe(pairs.get(right))
    } else {
      pairs.set(right, left)
      expect(Object.prototype.toString.call(left)).toBe(Object.prototype.toString.call(right))
      // The cast follows from the equal tags.
      const [copies, originals] = [childrenOf(left as object), childrenOf(right)]
      expect(copies.length).toBe(originals.length)
      for (const [index, original] of originals.entries()) queue.push([copies[index], original])
    }
  }
  expect(new Set(pairs.values()).size).toBe(pairs.size)
}

test('nothing that a test replaces is used', () => {
  // With a stack of our own, since Node formats one by means of what is broken below.
  const inner = withStack(new TypeError('inner'), 'at inner')
  const error = withStack(new AggregateError([inner], 'outer'), 'at outer')
  const value = {
    text: 'short',
    long: 'é'.repeat(100),
    surrogate: '\uD800',
    list: holey(3, { 0: 1, 2: 2n }),
    map: new Map([[1, 2]]),
    set: new Set([3]),
    date: new Date(0),
    regexp: /a/giu,
    bytes: new Float64Array([1]),
    view: new DataView(new ArrayBuffer(2)),
    boxed: Object(1),
    sparse: holey(10_000, { 9000: 1 }),
    deep: nest(300),
    inherited: 1,
    error,
  }
  let copy: Partial<typeof value> = {}
  let failure: unknown
  const restore = breakBuiltIns()
  try {
    copy = roundTrip(value)
  } catch (error) {
    failure = error
  } finally {
    restore()
  }
  expect(failure).toBeUndefined()
  expect(unnest(copy.deep)).toStrictEqual({ bottom: 'bottom', depth: 300 })
  expectSame({ ...copy, deep: 0 }, { ...value, deep: 0 })
  expect(copy.error?.stack).toBe('at outer')
})

/** Makes every method and accessor of the built-ins throw, until the returned function is called. */
function breakBuiltIns(): () => void {
  const broken = (): never => {
    throw new Error('a replaced built-in was called')
  }
  const { defineProperty } = Object
  const globals = globalThis as unknown as Record<string, object>
  const names =
    'AggregateError Array ArrayBuffer BigInt DataView Date Error Function Map Number Object Promise RegExp Set String Symbol TextDecoder TextEncoder TypeError Uint8Array WeakMap'
  const classes = names.split(' ').map((name) => globals[name] as { prototype: object })
  const typedArray = Object.getPrototypeOf(Uint8Array) as { prototype: object }
  const targets = [
    ...classes.flatMap((target) => [target, target.prototype]),
    typedArray,
    typedArray.prototype,
    Reflect,
    JSON,
    Math,
    ...[[].values(), new Map().values(), new Set().values(), ''.matchAll(/a/g)].map(
      (iterator) => Object.getPrototypeOf(iterator) as object,
    ),
  ]
  const changes: {
    target: object
    key: PropertyKey
    original: PropertyDescriptor
    replacement: PropertyDescriptor
  }[] = []
  for (const target of targets) {
    for (const key of Reflect.ownKeys(target)) {
      const original = Object.getOwnPropertyDescriptor(target, key)
      if (original?.configurable !== true || key === 'constructor') continue
      if (original.get !== undefined)
        changes.push({ target, key, original, replacement: { ...original, get: broken } })
      else if (typeof original.value === 'function')
        changes.push({ target, key, original, replacement: { ...original, value: broken } })
    }
  }
  for (const key of [...names.split(' '), 'Reflect', 'JSON']) {
    const original = Object.getOwnPropertyDescriptor(globalThis, key) as PropertyDescriptor
    changes.push({ target: globalThis, key, original, replacement: { ...original, value: broken } })
  }
  // What a hand-written polyfill or an assertion library may leave behind.
  defineProperty(Object.prototype, 'inherited', {
    configurable: true,
    set: broken,
    get: () => 'from the prototype',
  })

  // From here on nothing but `defineProperty` works, neither for the codec nor for us.
  for (let index = 0; index < changes.length; index++) {
    const { target, key, replacement } = changes[index]
    defineProperty(target, key, replacement)
  }
  return () => {
    for (let index = 0; index < changes.length; index++) {
      const { target, key, original } = changes[index]
      defineProperty(target, key, original)
    }
    Reflect.deleteProperty(Object.prototype, 'inherited')
  }
}
