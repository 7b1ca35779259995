// Any handler of the Worker can be called directly, here the one that cron triggers run.
import { createExecutionContext, env, waitOnExecutionContext } from 'cloudflare:test'
import { beforeAll, expect, test } from 'vitest'
import { addEntry, listEntries } from '../src/entries'
import worker from '../src/index'

const NOW = Date.UTC(2026, 10, 20)
const DAY_MS = 24 * 60 * 60 * 1000

beforeAll(async () => {
  for (const [name, days] of [
    ['Ada', 1],
    ['Bob', 29],
    ['Cleo', 31],
  ] as const) {
    await addEntry(env.GUESTBOOK, 'lobby', { name, message: 'Hello' }, NOW - days * DAY_MS)
  }
})

async function runAt(scheduledTime: number): Promise<string[]> {
  const ctx = createExecutionContext()
  worker.scheduled({ scheduledTime, cron: '0 3 * * *', noRetry() {} }, env, ctx)
  await waitOnExecutionContext(ctx)
  return (await listEntries(env.GUESTBOOK, 'lobby')).entries.map(({ name }) => name)
}

test('forgets entries older than 30 days', async () => {
  expect(await runAt(NOW)).toEqual(['Ada', 'Bob'])
})

test('forgets more as time goes by', async () => {
  expect(await runAt(NOW + 2 * DAY_MS)).toEqual(['Ada'])
})

test('forgets everything in the end', async () => {
  expect(await runAt(NOW + 60 * DAY_MS)).toEqual([])
})
