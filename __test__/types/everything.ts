/**
 * Every export of `cloudflare:test`, used as the guide says. Nothing runs this: the compiler checks that it
 * fits the types, and that what must not fit (`@ts-expect-error`) does not.
 */
import {
  abortAllDurableObjects,
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  env,
  evictAllDurableObjects,
  evictDurableObject,
  fetchMock,
  getQueueResult,
  introspectWorkflow,
  introspectWorkflowInstance,
  listDurableObjectIds,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
  SELF,
  waitOnExecutionContext,
} from 'cloudflare:test'

import type { Counter } from './counter.ts'

export async function everything(): Promise<void> {
  const text: string | null = await env.KV.get('key')
  // @ts-expect-error -- no such binding
  void env.MISSING

  const response: Response = await SELF.fetch('https://example.com/', { method: 'POST', body: text })
  await response.text()

  const ctx = createExecutionContext()
  ctx.waitUntil(Promise.resolve())
  await waitOnExecutionContext(ctx)
  // @ts-expect-error -- not a context
  await waitOnExecutionContext('ctx')

  const { scheduledTime, cron } = createScheduledController({ scheduledTime: new Date(), cron: '* * * * *' })
  const isDue: boolean = scheduledTime > 0 && cron !== ''
  const batch = createMessageBatch('queue', [
    { id: '1', timestamp: new Date(), attempts: 1, body: { isDue } },
  ])
  const { retryMessages } = await getQueueResult(batch, ctx)
  const ids: string[] = retryMessages.map(({ msgId }) => msgId)

  await applyD1Migrations(env.DB, [{ name: '0001.sql', queries: ids }], 'migrations')

  const stub = env.COUNTER.getByName('one')
  const value: number = await runInDurableObject(stub, (instance: Counter, state) => {
    state.storage.sql.exec('SELECT 1')
    return instance.value
  })
  // @ts-expect-error -- the instance has no such field
  await runInDurableObject(stub, (instance: Counter) => instance.missing)
  const hasRun: boolean = await runDurableObjectAlarm(stub)
  const [id] = await listDurableObjectIds(env.COUNTER)
  env.COUNTER.get(id!)
  await evictDurableObject(stub, { webSockets: 'close' })
  // @ts-expect-error -- 'hibernate' or 'close'
  await evictAllDurableObjects({ webSockets: 'keep' })
  await abortAllDurableObjects()

  await reset()
  await reset({ to: 'setup' })
  // @ts-expect-error -- 'empty' or 'setup'
  await reset({ to: 'beginning' })

  fetchMock.activate()
  fetchMock.disableNetConnect()
  fetchMock
    .get('https://api.example.com')
    .intercept({ path: '/users', method: 'POST', query: { page: 2 } })
    .reply(200, ({ body }) => ({ body, value, hasRun }), { headers: { 'content-type': 'application/json' } })
    .times(2)
  fetchMock.assertNoPendingInterceptors()
  // @ts-expect-error -- a path is needed
  fetchMock.get('https://api.example.com').intercept({})

  await using instance = await introspectWorkflowInstance(env.ORDERS, 'order-1')
  await instance.modify(async (modifier) => {
    await modifier.disableSleeps([{ name: 'wait' }])
    await modifier.mockStepResult({ name: 'pay', index: 2 }, { paid: true })
    await modifier.mockStepError({ name: 'ship' }, new Error('no ship'), 2)
  })
  await instance.waitForStatus('complete')
  // @ts-expect-error -- no such status
  await instance.waitForStatus('done')
  await using orders = await introspectWorkflow(env.ORDERS)
  await orders.modifyAll((modifier) => modifier.disableRetryDelays())
  const [first] = await orders.get()
  await first?.getOutput()
}
