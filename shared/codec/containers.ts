/**
 * Empty containers of each kind, which the reader then fills. They exist before their contents do, since
 * contents may refer back to them.
 */
import { ARRAY_KIND, ERROR_CLASSES, ERROR_KIND, MAP_KIND, OBJECT_KIND, SET_KIND } from './extensions.ts'
import { defineProperty, ErrorClass, MapClass, reflectSet, SetClass } from './primordials.ts'

// `new AggregateError([])` would ask the array for its iterator.
const noErrors = { [Symbol.iterator]: () => ({ next: () => ({ done: true, value: undefined }) }) }

export function isContainer(kind: number): boolean {
  return kind <= SET_KIND || (kind >= ERROR_KIND && kind < ERROR_KIND + ERROR_CLASSES.length)
}

export function create(kind: number): object {
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

export function define(target: object, key: string, value: unknown, enumerable: boolean): void {
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
