/**
 * Looks at values of the user, who may have put a Proxy, a throwing getter or an RPC stub anywhere.
 *
 * Invariant: nothing here throws. What cannot be read is answered in printed form, or as absent.
 */
import { getOwnPropertyDescriptor, hasOwn, objectKeys, toText } from './primordials.ts'

export function read(target: object, key: PropertyKey): unknown {
  try {
    // The cast only allows the index; nothing is assumed about the value.
    return (target as Record<PropertyKey, unknown>)[key]
  } catch (thrown) {
    return printThrown(thrown)
  }
}

export function owns(target: object, key: PropertyKey): boolean {
  try {
    return hasOwn(target, key)
  } catch {
    return false
  }
}

export function descriptorOf(target: object, key: string): PropertyDescriptor | undefined {
  try {
    return getOwnPropertyDescriptor(target, key)
  } catch {
    return undefined
  }
}

/** Own enumerable string keys, or the printed reason why there are none to be had. */
export function keysOf(target: object): string[] | string {
  try {
    return objectKeys(target)
  } catch (thrown) {
    return printThrown(thrown)
  }
}

export function printFunction(value: unknown): string {
  try {
    // The descriptor rather than `value.name`: on an RPC stub of workerd, any property is a remote one.
    const name: unknown = getOwnPropertyDescriptor(value as object, 'name')?.value
    return typeof name === 'string' && name !== '' ? `Function<${name}>` : 'Function<anonymous>'
  } catch {
    return 'Function<anonymous>'
  }
}

/** Stands where something could not be read; Vitest words it alike in the errors that it prepares. */
export function printThrown(thrown: unknown): string {
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
