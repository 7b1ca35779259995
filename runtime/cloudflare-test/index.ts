// oxlint-disable-next-line typescript/triple-slash-reference -- declares the module by its name, so it cannot be imported
/// <reference path="../../types/index.d.ts" />
/**
 * What tests import from `cloudflare:test`. The Vite plugin makes a virtual module for each project that
 * re-exports this and imports `main`.
 */
export { applyD1Migrations } from './d1-migrations.ts'
export {
  abortAllDurableObjects,
  evictAllDurableObjects,
  evictDurableObject,
  listDurableObjectIds,
  runDurableObjectAlarm,
  runInDurableObject,
} from './durable-objects.ts'
export { env } from './env.ts'
export { createExecutionContext, waitOnExecutionContext } from './execution-context.ts'
export { fetchMock } from './fetch-mock/index.ts'
export { listDataPoints, listSentEmails } from './logs.ts'
export { createMessageBatch, getQueueResult } from './message-batch.ts'
export { createPagesEventContext } from './pages.ts'
export { reset } from './reset.ts'
export { createScheduledController } from './scheduled-controller.ts'
export { adminSecretsStore } from './secrets-store.ts'
export { SELF } from './self.ts'
export { introspectWorkflow, introspectWorkflowInstance } from './workflows.ts'
