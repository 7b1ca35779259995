/** What an account's owner does with a secrets store. Tests do it through the binding of one of its secrets. */
import { secretsOf } from '../runner/products.ts'

interface Metadata {
  uuid: string
}

// Captured: tests replace globals.
const { randomUUID } = crypto
const newId = (): string => randomUUID.call(crypto)

/** An administrator of the store that a secret belongs to. */
class SecretsStoreAdmin {
  readonly #store: KVNamespace
  readonly #secretName: string

  constructor(store: KVNamespace, secretName: string) {
    this.#store = store
    this.#secretName = secretName
  }

  /** Gives the binding's secret a value; answers with its id. */
  async create(value: string): Promise<string> {
    return this.#put(this.#secretName, value, newId())
  }

  /** Gives the secret of an id another value. */
  async update(value: string, id: string): Promise<string> {
    return this.#put(await this.get(id), value, id)
  }

  /** Copies the secret of an id; answers with the copy's. */
  async duplicate(id: string, newName: string): Promise<string> {
    const value = await this.#store.get(await this.get(id))
    return this.#put(newName, value!, newId())
  }

  async delete(id: string): Promise<void> {
    await this.#store.delete(await this.get(id))
  }

  /** All secrets of the store. */
  async list(): Promise<{ name: string; metadata?: Metadata }[]> {
    const { keys } = await this.#store.list<Metadata>()
    return keys.map(({ name, metadata }) => ({ name, ...(metadata && { metadata }) }))
  }

  /** The name of a secret. */
  async get(id: string): Promise<string> {
    const found = (await this.list()).find(({ metadata }) => metadata?.uuid === id)
    if (!found) throw new Error('Secret not found')
    return found.name
  }

  [Symbol.dispose](): void {}

  async #put(name: string, value: string, uuid: string): Promise<string> {
    await this.#store.put(name, value, { metadata: { uuid } })
    return uuid
  }
}

export function adminSecretsStore(binding: unknown): SecretsStoreAdmin {
  const found = secretsOf(binding)
  if (!found) {
    throw new TypeError("Failed to execute 'adminSecretsStore': parameter 1 is not a secrets store binding.")
  }
  return new SecretsStoreAdmin(found.store, found.secretName)
}
