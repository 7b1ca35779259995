/**
 * Own properties that can be read and listed, but not assigned. With getters the runtime's message for an
 * assignment is the one that tests know: "Cannot set property queue of #<QueueController> which has only a getter".
 */
export function defineReadOnly(target: object, values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(target, name, { get: () => value, enumerable: true, configurable: true })
  }
}
