/**
 * Errors of the Workflows product, in the words that users know from it. They are plain errors whose message
 * starts with the name of the product's class: that is how they arrive on every compatibility date.
 */
export function workflowError(message: string): Error {
  return new Error(`WorkflowError: ${message}`)
}

/** A mistake in the code of the Workflow, which another attempt would not change. */
export function fatalError(message: string): Error {
  return new Error(`WorkflowFatalError: ${message}`)
}

export function timeoutError(ms: number): Error {
  return new Error(`WorkflowTimeoutError: Execution timed out after ${ms}ms`)
}

export function notFound(): Error {
  return new Error('instance.not_found')
}

/** What `status()` says of a reason. */
export interface ErrorInfo {
  name: string
  message: string
}

export function errorInfo(reason: unknown): ErrorInfo {
  if (reason instanceof Error) return { name: reason.name, message: reason.message }
  return { name: 'Error', message: String(reason) }
}
