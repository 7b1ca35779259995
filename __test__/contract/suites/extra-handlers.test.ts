import { SELF } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract } from '../contract.ts'
import { handled } from '../workers/extra-handlers.ts'
import type { Loose } from '../workers/loose.ts'

const message = (id: string, body: string): unknown => ({ id, timestamp: new Date(1000), attempts: 1, body })

for (const [name, self] of Object.entries({ SELF: SELF as Loose, exports: exports.default })) {
  contract(`extra-handlers: ${name}.scheduled() is an event`, async () => {
    const result = await self.scheduled({ cron: '* * * * *', scheduledTime: new Date(1000) })
    expect(result).toMatchObject({ outcome: 'ok', noRetry: false })
    expect(handled.splice(0)).toEqual([{ cron: '* * * * *', scheduledTime: 1000 }])
    expect(await self.scheduled({ cron: 'never again' })).toMatchObject({ outcome: 'ok', noRetry: true })
    expect(handled.splice(0)).toHaveLength(1)
  })

  contract(`extra-handlers: ${name}.queue() is an event`, async () => {
    const messages = [message('a', 'acknowledge'), message('b', 'retry'), message('c', 'neither')]
    const result = await self.queue('jobs', messages)
    expect(result).toMatchObject({
      outcome: 'ok',
      ackAll: false,
      retryBatch: { retry: false },
      explicitAcks: ['a'],
      retryMessages: [{ msgId: 'b', delaySeconds: 5 }],
    })
    expect(handled.splice(0)).toEqual([{ queue: 'jobs', bodies: ['acknowledge', 'retry', 'neither'] }])
  })

  contract(`extra-handlers: ${name}.queue() tells of the whole batch`, async () => {
    expect(await self.queue('jobs', [message('a', 'retry all')])).toMatchObject({
      retryBatch: { retry: true, delaySeconds: 7 },
    })
    expect(await self.queue('jobs', [message('a', 'acknowledge all')])).toMatchObject({ ackAll: true })
    expect(handled.splice(0)).toHaveLength(2)
  })

  contract(`extra-handlers: ${name}.scheduled() tells of a handler that throws`, async () => {
    expect(await self.scheduled({ cron: 'fails' })).toMatchObject({ outcome: 'exception' })
    expect(handled.splice(0)).toHaveLength(1)
  })
}
