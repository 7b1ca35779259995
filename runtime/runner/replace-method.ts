/** Methods of the runtime's, or of Vitest's, that ours take the place of. */

/** Replaces a method. Programs see of one whether it is enumerable, which stays, and its name. */
export function replaceMethod(target: object, name: string, value: (...args: never[]) => unknown): void {
  Object.defineProperty(value, 'name', { value: name })
  Object.defineProperty(target, name, { value, writable: true, configurable: true })
}
