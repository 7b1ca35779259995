import { vi } from 'vitest'
import type { Delivery } from '../src/deliveries'

/** What the mail service was asked to send, and when, in milliseconds of the test's time. */
export interface Mail extends Delivery {
  at: number
}

/**
 * Answers requests to the mail service, in place of the network, and collects the mails. The Worker shares `fetch` with
 * the test. `vi.restoreAllMocks()` ends it.
 */
export function mockMailService(answer: (mail: Mail) => Response = () => new Response()): Mail[] {
  const mails: Mail[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const mail = { ...(await new Request(input, init).json<Delivery>()), at: Date.now() }
    mails.push(mail)
    return answer(mail)
  })
  return mails
}
