import { env, introspectWorkflow, introspectWorkflowInstance, SELF } from 'cloudflare:test'
import { expect } from 'vitest'

import { any, contract, errorOf as thrownBy, uniqueName } from '../contract.ts'
import { ended, idFor, introspect, QUICK } from '../workflows.ts'
import type { Body } from '../workflow-worker.ts'

/** Two steps of one name. */
const twice: Body = async (_event, step) => {
  const results: unknown[] = []
  for (let round = 0; round < 2; round++) {
    results.push(await step.do('a', QUICK, async ({ attempt }) => `attempt ${attempt}`))
  }
  return results
}

contract('workflows: an introspector needs a binding and an id', async () => {
  const message = '[WorkflowIntrospector] Workflow binding and instance id are required.'
  expect(await thrownBy(() => introspectWorkflowInstance(any(undefined), 'a'))).toContain(message)
  expect(await thrownBy(() => introspectWorkflowInstance(env.FLOW, ''))).toContain(message)
  expect(await thrownBy(() => introspectWorkflow(any(undefined)))).toContain(
    '[WorkflowIntrospector] Workflow binding is required.',
  )
})

contract('workflows: an introspector needs a binding of a Workflow', async () => {
  expect(await thrownBy(() => introspectWorkflowInstance(any({}), 'a'))).toContain(
    "[WorkflowIntrospector] `introspectWorkflowInstance()` needs a Workflow binding from `env`, and can't introspect Workflows on `ctx.exports`.",
  )
  expect(await thrownBy(() => introspectWorkflow(any({})))).toContain(
    "[WorkflowIntrospector] `introspectWorkflow()` needs a Workflow binding from `env`, and can't introspect Workflows on `ctx.exports`.",
  )
})

contract('workflows: modify() returns the introspector', async () => {
  await using introspector = await introspectWorkflowInstance(env.FLOW, uniqueName('id'))
  expect(await introspector.modify(async () => {})).toBe(introspector)
})

contract('workflows: the first step of a name is mocked, unless it says otherwise', async () => {
  const { introspector } = await introspect(twice, (modifier) =>
    modifier.mockStepResult({ name: 'a' }, { m: 1 }),
  )
  await introspector.waitForStatus('complete')
  expect(await introspector.getOutput()).toEqual([{ m: 1 }, 'attempt 1'])
  expect(await introspector.waitForStepResult({ name: 'a' })).toEqual({ m: 1 })
  expect(await introspector.waitForStepResult({ name: 'a', index: 2 })).toBe('attempt 1')
})

contract('workflows: another step of a name is mocked by its index', async () => {
  const { introspector } = await introspect(twice, (modifier) =>
    modifier.mockStepResult({ name: 'a', index: 2 }, 'mocked'),
  )
  await introspector.waitForStatus('complete')
  expect(await introspector.getOutput()).toEqual(['attempt 1', 'mocked'])
})

contract('workflows: a stream is a result, too', async () => {
  const body: Body = async (_event, step) => new Response(any(await step.do('a', async () => 1))).text()
  const { introspector } = await introspect(body, (modifier) =>
    modifier.mockStepResult({ name: 'a' }, new Response('streamed').body),
  )
  await introspector.waitForStatus('complete')
  expect(await introspector.getOutput()).toBe('streamed')
})

contract('workflows: a result is waited for', async () => {
  const { introspector, instance } = await introspect(async (_event, step) => {
    await step.waitForEvent('event', { type: 'some' })
    return step.do('a', async () => 'result')
  })
  const result = introspector.waitForStepResult({ name: 'a' })
  await instance.sendEvent({ type: 'some', payload: 1 })
  expect(await result).toBe('result')
})

contract('workflows: waiting for the result of a step that fails rejects', async () => {
  const { introspector } = await introspect(twice, (modifier) =>
    modifier.mockStepError({ name: 'a' }, new RangeError('mocked')),
  )
  await expect(introspector.waitForStepResult({ name: 'a' })).rejects.toThrow()
})

contract('workflows: waiting for the result of a step that fails rejects with its error', async () => {
  const { introspector } = await introspect(twice, (modifier) =>
    modifier.mockStepError({ name: 'a' }, new RangeError('mocked')),
  )
  await expect(introspector.waitForStepResult({ name: 'a' })).rejects.toThrow('mocked')
})

contract('workflows: an error can be mocked for all attempts', async () => {
  const { introspector } = await introspect(twice, (modifier) =>
    modifier.mockStepError({ name: 'a' }, new RangeError('mocked')),
  )
  await introspector.waitForStatus('errored')
  expect(await introspector.getError()).toEqual({ name: 'RangeError', message: 'mocked' })
})

contract('workflows: an error can be mocked for some attempts', async () => {
  const { introspector } = await introspect(twice, (modifier) =>
    modifier.mockStepError({ name: 'a' }, new Error('mocked'), 2),
  )
  await introspector.waitForStatus('complete')
  expect(await introspector.getOutput()).toEqual(['attempt 3', 'attempt 1'])
})

contract('workflows: a mocked result may follow mocked errors', async () => {
  const { introspector } = await introspect(twice, async (modifier) => {
    await modifier.mockStepError({ name: 'a' }, new Error('mocked'), 2)
    await modifier.mockStepResult({ name: 'a' }, 'result')
  })
  await introspector.waitForStatus('complete')
  expect(await introspector.getOutput()).toEqual(['result', 'attempt 1'])
})

contract('workflows: a step can time out in all attempts', async () => {
  const { introspector } = await introspect(twice, (modifier) => modifier.forceStepTimeout({ name: 'a' }))
  await introspector.waitForStatus('errored')
  expect((await introspector.getError()).message).toContain('Execution timed out')
})

contract('workflows: a step can time out in some attempts', async () => {
  const { introspector } = await introspect(twice, (modifier) => modifier.forceStepTimeout({ name: 'a' }, 1))
  await introspector.waitForStatus('complete')
  expect(await introspector.getOutput()).toEqual(['attempt 2', 'attempt 1'])
})

contract('workflows: contradicting mocks are refused', async () => {
  await using introspector = await introspectWorkflowInstance(env.FLOW, uniqueName('id'))
  const step = { name: 'a' }
  await introspector.modify((modifier) => modifier.mockStepResult(step, 1))
  expect(await thrownBy(() => introspector.modify((modifier) => modifier.mockStepResult(step, 1)))).toContain(
    "[WorkflowIntrospector] Trying to mock step 'a' multiple times!",
  )
  const error = new Error('mocked')
  expect(
    await thrownBy(() => introspector.modify((modifier) => modifier.mockStepError(step, error))),
  ).toContain("[WorkflowIntrospector] Trying to mock error on step 'a' after mocking its result!")
  expect(await thrownBy(() => introspector.modify((modifier) => modifier.forceStepTimeout(step)))).toContain(
    "[WorkflowIntrospector] Trying to force timeout on step 'a' after mocking its result!",
  )
})

contract('workflows: sleeps can be disabled', async () => {
  const body: Body = async (_event, step) => {
    await step.sleep('long', '1 hour')
    await step.sleepUntil('until', Date.now() + 1_000_000)
    return 'awake'
  }
  const { introspector } = await introspect(body, (modifier) => modifier.disableSleeps())
  await introspector.waitForStatus('complete')
  expect(await introspector.getOutput()).toBe('awake')
})

contract('workflows: some sleeps can be disabled', async () => {
  const body: Body = async (_event, step) => {
    await step.sleep('short', 1)
    await step.sleep('long', 1)
    await step.sleep('long', '1 hour')
  }
  const { introspector } = await introspect(body, (modifier) =>
    modifier.disableSleeps([{ name: 'long', index: 2 }]),
  )
  await introspector.waitForStatus('complete')
})

contract('workflows: delays between attempts can be disabled', async () => {
  const body: Body = (_event, step) =>
    step.do('a', { retries: { limit: 2, delay: '1 hour' } }, async ({ attempt }) => {
      throw new Error(`attempt ${attempt}`)
    })
  for (const steps of [undefined, [{ name: 'a' }]]) {
    const { introspector } = await introspect(body, (modifier) => modifier.disableRetryDelays(steps))
    await introspector.waitForStatus('errored')
    expect((await introspector.getError()).message).toBe('attempt 3')
  }
})

const waiting: Body = (_event, step) => step.waitForEvent('event', { type: 'some', timeout: '1 hour' })

contract('workflows: an event can be mocked', async () => {
  const { introspector } = await introspect(waiting, (modifier) =>
    modifier.mockEvent({ type: 'some', payload: { m: 1 } }),
  )
  await introspector.waitForStatus('complete')
  expect(await introspector.getOutput()).toMatchObject({ type: 'some', payload: { m: 1 } })
})

contract('workflows: an event can fail to come', async () => {
  const { introspector } = await introspect(waiting, (modifier) =>
    modifier.forceEventTimeout({ name: 'event' }),
  )
  await introspector.waitForStatus('errored')
  expect((await introspector.getError()).message).toContain('Execution timed out')
})

contract('workflows: mocks outlast a restart', async () => {
  const { introspector, instance } = await introspect(twice, async (modifier) => {
    await modifier.mockStepError({ name: 'a' }, new Error('mocked'), 1)
    await modifier.mockStepResult({ name: 'a', index: 2 }, 'mocked')
  })
  await introspector.waitForStatus('complete')
  await instance.restart()
  await introspector.waitForStatus('complete')
  expect(await introspector.getOutput()).toEqual(['attempt 2', 'mocked'])
})

contract('workflows: a restart forgets how the run before has ended', async () => {
  let runs = 0
  const body: Body = async () => {
    runs += 1
    if (runs === 1) throw new Error('first')
    return { runs }
  }
  const { introspector, instance } = await introspect(body)
  await introspector.waitForStatus('errored')
  await instance.restart()
  await introspector.waitForStatus('complete')
  expect((await instance.status()).error ?? null).toBeNull()
  expect(await introspector.getOutput()).toEqual({ runs: 2 })
})

contract('workflows: an output cannot be changed from outside', async () => {
  const { introspector } = await introspect(async () => ({ list: [1] }))
  await introspector.waitForStatus('complete')
  const output = any(await introspector.getOutput()) as { list: number[] }
  output.list.push(2)
  expect(await introspector.getOutput()).toEqual({ list: [1] })
})

contract('workflows: a mocked event outlasts a restart', async () => {
  let received = 0
  const body: Body = async (_event, step) => {
    await step.waitForEvent('event', { type: 'some' })
    received += 1
  }
  const { introspector, instance } = await introspect(body, (modifier) =>
    modifier.mockEvent({ type: 'some', payload: 1 }),
  )
  await introspector.waitForStatus('complete')
  await instance.restart()
  await expect.poll(() => received).toBe(2)
})

contract('workflows: an instance that exists can be modified', async () => {
  const { introspector, instance } = await introspect(async (event, step) => {
    await step.waitForEvent('event', { type: 'some' })
    return twice(event, step)
  })
  await introspector.modify((modifier) => modifier.mockStepResult({ name: 'a' }, 'mocked'))
  await instance.sendEvent({ type: 'some', payload: 1 })
  await introspector.waitForStatus('complete')
  expect(await introspector.getOutput()).toEqual(['mocked', 'attempt 1'])
})

contract('workflows: an output is there when the instance is complete', async () => {
  const { introspector } = await introspect((_event, step) => step.do('a', async () => 1))
  await introspector.waitForStatus('complete')
  expect(await thrownBy(() => introspector.getError())).toContain(
    'Cannot retrieve error: Workflow instance is in status "complete" but must be "errored" to have error information available',
  )
})

contract('workflows: an error is there when the instance has failed', async () => {
  const { introspector } = await introspect(() => {
    throw new Error('no')
  })
  await introspector.waitForStatus('errored')
  expect(await thrownBy(() => introspector.getOutput())).toContain(
    'Cannot retrieve output: Workflow instance is in status "errored" but must be "complete" to have an output available',
  )
})

contract('workflows: a status that cannot come any more is not waited for', async () => {
  const { introspector, instance } = await introspect(() => 1)
  await introspector.waitForStatus('complete')
  await introspector.waitForStatus('queued')
  expect(await thrownBy(() => introspector.waitForStatus('errored'))).toContain(
    `[WorkflowIntrospector] The Workflow instance ${instance.id} has reached status 'complete'. This is a finite status that prevents it from ever reaching the expected status of 'errored'.`,
  )
})

contract('workflows: what is done to an instance can be waited for', async () => {
  const { introspector, instance } = await introspect(waiting)
  await introspector.waitForStatus('running')
  await instance.pause()
  await introspector.waitForStatus('paused')
  await instance.resume()
  await introspector.waitForStatus('running')
  await instance.terminate()
  await introspector.waitForStatus('terminated')
})

contract('workflows: an introspector that is disposed of takes its instance and mocks along', async () => {
  const { introspector, instance } = await introspect(twice, (modifier) =>
    modifier.mockStepResult({ name: 'a' }, 'mocked'),
  )
  await introspector.waitForStatus('complete')
  await introspector.dispose()
  expect(await thrownBy(() => env.FLOW.get(instance.id))).toContain('instance.not_found')
  const again = await env.FLOW.create({ id: instance.id })
  expect((await ended(again)).output).toEqual(['attempt 1', 'attempt 1'])
  await introspector.dispose()
})

contract('workflows: a session has all instances that are created in it', async () => {
  await using session = await introspectWorkflow(env.FLOW)
  await session.modifyAll((modifier) => modifier.mockStepResult({ name: 'a' }, 'mocked'))
  const ids = [idFor(twice), idFor(twice), idFor(twice)] as const
  await SELF.fetch(`https://example.com/${ids[0]}`)
  await env.FLOW.createBatch([{ id: ids[1] }, { id: ids[2] }])
  const instances = await session.get()
  expect(instances).toHaveLength(3)
  for (const instance of instances) {
    await instance.waitForStatus('complete')
    expect(await instance.getOutput()).toEqual(['mocked', 'attempt 1'])
  }
})

contract('workflows: a session has no instances from before', async () => {
  await env.FLOW.create()
  await using session = await introspectWorkflow(env.FLOW)
  expect(await session.get()).toEqual([])
})

contract('workflows: there is one session at a time', async () => {
  const first = await introspectWorkflow(env.FLOW)
  expect(await thrownBy(() => introspectWorkflow(env.FLOW))).toContain(
    'Workflow "flow" already has an active introspection session for binding "FLOW".',
  )
  await first.dispose()
  await first.dispose()
  const message = 'Workflow "flow" does not have an active introspection session for this introspector.'
  expect(await thrownBy(() => first.get())).toContain(message)
  expect(await thrownBy(() => first.modifyAll(async () => {}))).toContain(message)
  await using second = await introspectWorkflow(env.FLOW)
  expect(await second.get()).toEqual([])
})

contract('workflows: a session that is disposed of takes its instances along', async () => {
  const session = await introspectWorkflow(env.FLOW)
  const { id } = await env.FLOW.create()
  await session.dispose()
  expect(await thrownBy(() => env.FLOW.get(id))).toContain('instance.not_found')
})
