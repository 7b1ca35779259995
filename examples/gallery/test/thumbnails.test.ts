import { createExecutionContext, createMessageBatch, env, getQueueResult, SELF } from 'cloudflare:test'
import { afterEach, expect, test, vi } from 'vitest'
import worker from '../src/index'
import type { Job } from '../src/thumbnails'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const thumbnail = () => env.DB.prepare('SELECT thumbnail FROM images').first<string | null>('thumbnail')

/** Calls the handler with one message about `cat.png`, without any queue. */
async function handle(etag: string) {
  const batch = createMessageBatch<Job>('thumbnails', [
    { id: '1', timestamp: new Date(), attempts: 1, body: { name: 'cat.png', etag } },
  ])
  const ctx = createExecutionContext()
  await worker.queue(batch, env)
  return getQueueResult(batch, ctx)
}

test('an upload gets a thumbnail soon', async () => {
  await SELF.fetch('https://gallery.test/cat.png', { method: 'PUT', body: 'meow meow' })
  expect(await thumbnail()).toBeNull()
  // The message is on its way to the handler, in this isolate.
  await vi.waitFor(async () => expect(await thumbnail()).toBe('thumbnails/cat.png'))
  expect(await (await env.IMAGES.get('thumbnails/cat.png'))?.text()).toBe('meow')
})

test('an image that was replaced meanwhile is left to the newer message', async () => {
  await env.IMAGES.put('cat.png', 'meow meow')
  expect(await handle('another')).toMatchObject({ explicitAcks: ['1'], retryMessages: [] })
  expect(await env.IMAGES.head('thumbnails/cat.png')).toBeNull()
})

test('what is no image is tried again, and given up in the end', async () => {
  vi.useFakeTimers()
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const queue = vi.spyOn(worker, 'queue')
  await SELF.fetch('https://gallery.test/cat.png', { method: 'PUT', body: '?' })
  for (let attempt = 1; attempt <= 3; attempt++) {
    // Delays of retries are ten seconds and more.
    vi.advanceTimersByTime(60_000)
    await vi.waitFor(() => expect(queue).toHaveBeenCalledTimes(attempt))
  }
  expect(queue.mock.calls.map(([batch]) => batch.messages[0]?.attempts)).toEqual([1, 2, 3])
  await vi.waitFor(() =>
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('to dead letter queue "failed"')),
  )
})

test('nothing is made for an image that is gone', async () => {
  expect(await handle('any')).toMatchObject({ explicitAcks: ['1'] })
})
