/**
 * Clients of bindings that workerd has no client for. They run in the isolate of whoever has the binding, as a module
 * that user code cannot import. Each function gets what the configuration put inside the binding.
 */
export { pipeline } from './pipeline.ts'
export { rateLimit } from './rate-limit.ts'
export { secretsStoreSecret } from './secrets-store-secret.ts'
export { sendEmail } from './send-email.ts'
export { stub } from './stub.ts'
