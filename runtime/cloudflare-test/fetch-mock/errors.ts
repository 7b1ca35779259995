/** Errors of `fetchMock`, named as those of undici, whose `MockAgent` its users know. */

/** The base of the others, and what `assertNoPendingInterceptors` throws. */
export class UndiciError extends Error {
  override readonly name: string = 'UndiciError'
  readonly code: string = 'UND_ERR'
}

/** A method was called with something that it does not take. */
export class InvalidArgumentError extends UndiciError {
  override readonly name = 'InvalidArgumentError'
  override readonly code = 'UND_ERR_INVALID_ARG'
}

/** No interceptor answers a request, and the network may not. */
export class MockNotMatchedError extends UndiciError {
  override readonly name = 'MockNotMatchedError'
  override readonly code = 'UND_MOCK_ERR_MOCK_NOT_MATCHED'
}

/** The signal of a request was aborted. As Node words it. */
export function abortError(reason: unknown): Error {
  const error = new Error('The operation was aborted', { cause: reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}
