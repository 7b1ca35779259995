/**
 * One-time addresses, by which code of ours crosses into another I/O context. A function cannot travel, but a
 * request can, and its address tells what to do there.
 */

// Captured: tests replace globals.
const randomUUID = crypto.randomUUID.bind(crypto)

/** Addresses below one URL. Nobody can guess them, and each can be used once. */
export class OneTimeAddresses<T> {
  readonly #base: string
  readonly #waiting = new Map<string, T>()

  /** `base` ends with a slash. */
  constructor(base: string) {
    this.#base = base
  }

  /** Makes an address. */
  register(value: T): string {
    const address = this.#base + randomUUID()
    this.#waiting.set(address, value)
    return address
  }

  /** What an address stands for, unless it was used before or is none of ours. */
  take(address: string): T | undefined {
    const value = this.#waiting.get(address)
    this.#waiting.delete(address)
    return value
  }
}
