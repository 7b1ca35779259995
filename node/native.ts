/** The addon, and its errors as users should see them. */
export type { BuiltModule, BuiltWorker, CrashReport, ModuleAlias, WorkerBuild } from '#native'
export { PagesAssets, Plan, Pool, PoolWorker as NativePoolWorker } from '#native'

/** Tells a failure of ours from a bug by its `code`, for example `ERR_OPTIONS`. */
export class PoolError extends Error {
  readonly code: string

  constructor(code: string, text: string) {
    super(text)
    this.name = 'PoolError'
    this.code = code
    // The stack would show our own files; the text says everything that a user can act on.
    this.stack = `${this.name}: ${text}`
  }
}

/** Makes what the addon threw an error with a code and no stack of ours. */
export function fromNative(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  // Rejections carry the code in front of the text, exceptions as a property.
  const [code, text] = error.message.split('\u0000')
  if (text !== undefined) return new PoolError(code!, text)
  const own = (error as { code?: unknown }).code
  return typeof own === 'string' && own.startsWith('ERR_') ? new PoolError(own, error.message) : error
}
