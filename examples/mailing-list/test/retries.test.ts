// Minutes and hours pass when the test says so: delays of queues follow fake timers.
import { env, SELF } from 'cloudflare:test'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import worker from '../src/index'
import { mockMailService } from './mail-service'

const MINUTE_MS = 60_000

const issue = (body: object): Promise<Response> =>
  SELF.fetch('https://list.example/issues', { method: 'POST', body: JSON.stringify(body) })

const failures = async (): Promise<unknown> => (await SELF.fetch('https://list.example/failures')).json()

beforeAll(() => env.SUBSCRIBERS.put('ada@example.com', ''))

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/**
 * Lets a minute pass, and another one, until the check succeeds. One leap would not do where a handler asks for a delay:
 * it begins when the queue hears of it, shortly after the handler is done, and fake timers do not know when that is.
 */
function passUntil(check: () => unknown): Promise<unknown> {
  const pass = async (): Promise<void> => {
    vi.advanceTimersByTime(MINUTE_MS)
    await check()
  }
  return vi.waitFor(pass, { timeout: 4000 })
}

test('an issue goes out when it should, and not before', async () => {
  const mails = mockMailService()
  const sentAt = Date.now()
  await issue({ subject: 'Good morning', text: 'It is seven.', delaySeconds: 3600 })
  vi.advanceTimersByTime(58 * MINUTE_MS)
  await passUntil(() => expect(mails).toMatchObject([{ to: 'ada@example.com', subject: 'Good morning' }]))
  expect(mails[0].at).toBeGreaterThanOrEqual(sentAt + 60 * MINUTE_MS)
})

test('a mail that fails is sent again, later each time', async () => {
  const mails = mockMailService(() => new Response(null, { status: mails.length < 3 ? 503 : 200 }))
  await issue({ subject: 'News', text: 'None.' })
  await passUntil(() => expect(mails).toHaveLength(3))
  const [first, second, third] = mails.map(({ at }) => at / MINUTE_MS)
  expect(second - first).toBeGreaterThanOrEqual(1)
  expect(third - second).toBeGreaterThanOrEqual(2)
  expect(await failures()).toEqual([])
})

test('a mail that always fails is written down in the end', async () => {
  // Says that the message goes to the dead letter queue.
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const mails = mockMailService(() => new Response(null, { status: 503, headers: { 'retry-after': '10' } }))
  const queue = vi.spyOn(worker, 'queue')
  await issue({ subject: 'News', text: 'None.' })
  await passUntil(async () => expect(await failures()).toEqual([{ to: 'ada@example.com', subject: 'News' }]))
  // The first attempt, and three retries.
  expect(mails).toHaveLength(4)
  expect(queue.mock.calls.map(([batch]) => [batch.queue, batch.messages[0].attempts])).toEqual([
    ['deliveries', 1],
    ['deliveries', 2],
    ['deliveries', 3],
    ['deliveries', 4],
    ['undelivered', 1],
  ])
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('dead letter queue "undelivered"'))
})
