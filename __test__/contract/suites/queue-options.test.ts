// A consumer that is configured twice: in the Wrangler file, and in options.
import { env } from 'cloudflare:test'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'
import { attempts, bodies, handle, receive } from '../queues.ts'

contract('queue-options: the size and the timeout of batches are those of the options', async () => {
  const tag = uniqueName('size')
  await env.PLAIN.sendBatch([1, 2, 3].map((number) => ({ body: { tag, number } })))
  const messages = await receive(tag, 3)
  expect(bodies(messages)).toEqual([1, 2, 3].map((number) => ({ tag, number })))
  for (const { batch } of messages) expect(batch.messages).toHaveLength(1)
})

contract('queue-options: the number of retries is that of the options', async () => {
  const tag = uniqueName('retries')
  handle('plain', tag, ([message]) => {
    if (message!.attempts === 1) message!.retry()
  })
  await env.PLAIN.send({ tag })
  expect(attempts(await receive(tag, 2))).toEqual([1, 2])
})
