/**
 * Recognises objects: which kind of `extensions.ts` the writer has in front of it.
 *
 * A brand is what the engine made an object, whatever its properties claim. Prototypes and tags can be
 * faked, so they only suggest a brand, and its probe decides.
 */
import {
  ARRAY_KIND,
  BOXED_KIND,
  BUFFER_KIND,
  DATE_KIND,
  ERROR_CLASSES,
  ERROR_KIND,
  MAP_KIND,
  OBJECT_KIND,
  PRINTED_KIND,
  REGEXP_KIND,
  SET_KIND,
  VIEW_KIND,
} from './extensions.ts'
import { printThrown, read } from './inspection.ts'
import {
  bufferByteLength,
  dateValue,
  getPrototypeOf,
  getter,
  globals,
  isArray,
  isView,
  mapGet,
  mapSize,
  objectPrototype,
  objectToString,
  regexpSource,
  setSize,
  uncurry,
} from './primordials.ts'

export interface Brand {
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
export function brandOf(value: object): Brand {
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
