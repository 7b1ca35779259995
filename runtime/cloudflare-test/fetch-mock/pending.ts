/** The text of `assertNoPendingInterceptors`. */
import { inspect } from 'node:util'

import type { MockMatcher, PendingInterceptor } from 'cloudflare:test'

/** Says which interceptors wait, one a line. Colours are for people, and a CI's log is read elsewhere. */
export function pendingText(
  pending: readonly PendingInterceptor[],
  format: (pending: readonly PendingInterceptor[]) => string = formatLines,
): string {
  const what = pending.length === 1 ? '1 interceptor is' : `${pending.length} interceptors are`
  return `${what} pending:\n\n${format(pending)}`.trim()
}

function formatLines(pending: readonly PendingInterceptor[]): string {
  const colors = !process.env['CI']
  return pending
    .map(({ method, origin, path, data, persist, timesInvoked, times }) => {
      const state = { persist, invoked: timesInvoked, remaining: persist ? Infinity : times - timesInvoked }
      const request = `${matcherText(method)} ${matcherText(origin)}${matcherText(path)}`
      return `- ${request} ${data.statusCode} ${inspect(state, { colors, breakLength: Infinity })}`
    })
    .join('\n')
}

function matcherText(matcher: MockMatcher): string {
  return typeof matcher === 'string' ? matcher : inspect(matcher)
}
