/** A secret of a secrets store, which is a KV namespace that no binding of the user's reaches. */

interface Inner {
  store: KVNamespace
  settings: { name: string }
}

class SecretsStoreSecretClient {
  readonly #inner: Inner

  constructor(inner: Inner) {
    this.#inner = inner
  }

  async get(): Promise<string> {
    const { store, settings } = this.#inner
    const value = await store.get(settings.name, 'text')
    if (value === null) throw new Error(`Secret "${settings.name}" not found`)
    return value
  }
}

export function secretsStoreSecret(inner: Inner): SecretsStoreSecretClient {
  return new SecretsStoreSecretClient(inner)
}
