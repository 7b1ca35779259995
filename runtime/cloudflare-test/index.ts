/**
 * What tests import from `cloudflare:test`. The Vite plugin makes a virtual module for each project that
 * re-exports this and imports `main`.
 */
export { env } from './env.ts'
export { createExecutionContext, waitOnExecutionContext } from './execution-context.ts'
export { SELF } from './self.ts'
