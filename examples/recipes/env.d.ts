/** Bindings of the project, as its dashboard has them. */
interface Env {
  ASSETS: Fetcher
  RECIPES: KVNamespace
}

declare module 'cloudflare:test' {
  interface ProvidedEnv extends Env {}
}
