/**
 * A product that only the account has. The binding is there, so that tests can mock what it does; whatever they leave
 * rejects when it is called.
 */

interface Inner {
  settings: { message: string }
}

/** What promises, JSON and assertions look for, and would take for something else. */
const ABSENT = new Set<PropertyKey>(['then', 'toJSON', 'asymmetricMatch', 'nodeType', '$$typeof'])

export function stub({ settings }: Inner): object {
  /** Whatever is looked at comes into being, so that spies find it. */
  const materialize = (target: object, key: PropertyKey): void => {
    if (typeof key === 'symbol' || ABSENT.has(key) || key in target) return
    const value = async (): Promise<never> => {
      throw new Error(settings.message)
    }
    Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true })
  }
  return new Proxy(
    {},
    {
      get(target, key) {
        materialize(target, key)
        return Reflect.get(target, key)
      },
      has(target, key) {
        materialize(target, key)
        return Reflect.has(target, key)
      },
      getOwnPropertyDescriptor(target, key) {
        materialize(target, key)
        return Reflect.getOwnPropertyDescriptor(target, key)
      },
    },
  )
}
