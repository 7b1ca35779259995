import { env, SELF } from 'cloudflare:test'
import { expect } from 'vitest'

import { any, contract, errorOf as thrownBy, uniqueName } from '../contract.ts'
import { begin, ended, errorOf, idFor, outputOf, reaches, until } from '../workflows.ts'

for (const [what, id] of [
  ['letters, digits, hyphens and underscores', () => `_A-${uniqueName('z')}`],
  ['100 characters', () => uniqueName('x').padEnd(100, 'x')],
] as const) {
  contract(`workflows: an id may have ${what}`, async () => {
    const wanted = id()
    expect((await env.FLOW.create({ id: wanted })).id).toBe(wanted)
  })
}

for (const id of ['', '-a', 'a b', 'ä', 'x'.repeat(101), 5, null]) {
  contract(`workflows: ${JSON.stringify(id).slice(0, 10)} is no id`, async () => {
    expect(await thrownBy(() => env.FLOW.create({ id: any(id) }))).toContain('invalid id')
  })
}

contract('workflows: an id is made if none is given', async () => {
  const [one, two] = [await env.FLOW.create(), await env.FLOW.create()]
  expect(one.id).toMatch(/^[\w-]+$/)
  expect(one.id).not.toBe(two.id)
})

contract('workflows: an id can be used once', async () => {
  const id = uniqueName('twice')
  await env.FLOW.create({ id })
  expect(await thrownBy(() => env.FLOW.create({ id }))).toContain('instance.already_exists')
})

contract('workflows: each Workflow has its own ids', async () => {
  const id = uniqueName('shared')
  await env.FLOW.create({ id })
  expect((await env.OTHER_FLOW.create({ id })).id).toBe(id)
})

contract('workflows: an instance is found by its id', async () => {
  const { id } = await env.FLOW.create()
  expect((await env.FLOW.get(id)).id).toBe(id)
})

contract('workflows: an instance that does not exist is not found', async () => {
  expect(await thrownBy(() => env.FLOW.get(uniqueName('unknown')))).toContain('instance.not_found')
})

contract('workflows: a batch creates instances in its order', async () => {
  const ids = [uniqueName('one'), uniqueName('two')]
  const created = await env.FLOW.createBatch([...ids.map((id) => ({ id })), {}])
  expect(created.map(({ id }) => id)).toEqual([...ids, expect.stringMatching(/^[\w-]+$/)])
})

contract('workflows: a batch leaves out what exists', async () => {
  const [known, added] = [uniqueName('known'), uniqueName('added')]
  await env.FLOW.create({ id: known })
  const created = await env.FLOW.createBatch([{ id: known }, { id: added }, { id: added }])
  expect(created.map(({ id }) => id)).toEqual([added])
})

contract('workflows: a batch with an invalid id creates nothing', async () => {
  const id = uniqueName('valid')
  expect(await thrownBy(() => env.FLOW.createBatch([{ id }, { id: '-' }]))).toContain('invalid id')
  expect(await thrownBy(() => env.FLOW.get(id))).toContain('instance.not_found')
})

for (const size of [0, 101]) {
  contract(`workflows: a batch does not have ${size} instances`, async () => {
    const batch = Array.from({ length: size }, () => ({}))
    expect(await thrownBy(() => env.FLOW.createBatch(batch))).toContain('batchCreate')
  })
}

contract('workflows: an event has parameters, the time, and whose it is', async () => {
  const id = idFor((event) => [event, event.timestamp instanceof Date])
  const before = Date.now()
  const { output } = await ended(await env.FLOW.create({ id, params: { a: 1 } }))
  expect(output).toEqual([
    { payload: { a: 1 }, timestamp: expect.anything(), instanceId: id, workflowName: 'flow' },
    true,
  ])
  expect(new Date((output as [{ timestamp: Date }])[0].timestamp).getTime()).toBeGreaterThanOrEqual(
    before - 1,
  )
})

contract('workflows: without parameters there is an empty object', async () => {
  expect(await outputOf(({ payload }) => payload)).toEqual({})
})

contract('workflows: parameters may be anything that can be cloned', async () => {
  const id = idFor(({ payload }) => (payload as Map<string, number>).get('a'))
  const { output } = await ended(await env.FLOW.create({ id, params: new Map([['a', 1]]) }))
  expect(output).toBe(1)
})

contract('workflows: parameters that cannot be cloned are refused', async () => {
  expect(await thrownBy(() => env.FLOW.create({ params: Symbol('no') }))).toContain('could not be cloned')
})

contract('workflows: the output is what run() returns', async () => {
  expect(await outputOf(() => ({ a: [1, 'two', null] }))).toEqual({ a: [1, 'two', null] })
  expect(await outputOf(() => undefined)).toBeNull()
})

contract('workflows: the error is what run() throws', async () => {
  const failing = (): never => {
    throw new RangeError('too much')
  }
  expect(await errorOf(failing)).toEqual({ name: 'RangeError', message: 'too much' })
})

contract('workflows: what cannot be cloned is no output', async () => {
  expect(await errorOf(() => Symbol('no'))).toMatchObject({ name: 'DataCloneError' })
})

contract('workflows: a class must be exported', async () => {
  const { error } = await ended(await env.MISSING_FLOW.create())
  expect(error).toMatchObject({
    name: 'TypeError',
    message: expect.stringContaining('does not export a Missing entrypoint.'),
  })
})

for (const [flow, expected] of [
  ['WRONG_FLOW', /^Expected Wrong export of .*workflow-worker\.ts to be a subclass of `WorkflowEntrypoint`$/],
  [
    'EMPTY_FLOW',
    /^Expected Empty export of .*workflow-worker\.ts to define a `run\(\)` method, but got undefined$/,
  ],
  [
    'VALUE_FLOW',
    /^Expected value export of .*workflow-worker\.ts to be a subclass of `WorkflowEntrypoint`, but got 5$/,
  ],
] as const) {
  contract(`workflows: a class must be a Workflow: ${flow}`, async () => {
    const { error } = await ended(await env[flow].create())
    expect(error).toEqual({ name: 'TypeError', message: expect.stringMatching(expected) })
  })
}

contract('workflows: an instance can be deleted', async () => {
  const instance = await begin(() => 1)
  await ended(instance)
  await instance.delete()
  expect(await thrownBy(() => env.FLOW.get(instance.id))).toContain('instance.not_found')
})

contract('workflows: instances can be deleted together', async () => {
  const [one, unknown] = [await begin(() => 1), uniqueName('unknown')]
  await ended(one)
  expect(await env.FLOW.deleteBatch([one.id, unknown])).toEqual({
    deleted: [{ id: one.id }],
    errors: [{ id: unknown, code: 10_400, message: 'workflows.api.error.instance.not_found' }],
  })
})

contract('workflows: a Worker creates instances', async () => {
  const id = idFor(() => 'from the Worker')
  await SELF.fetch(`https://example.com/${id}`)
  expect((await ended(await env.FLOW.get(id))).output).toBe('from the Worker')
})

contract('workflows: an instance that sleeps, or waits for an event, is waiting', async () => {
  const instances = [
    await begin((_event, step) => step.sleep('long', '1 hour')),
    await begin((_event, step) => step.waitForEvent('event', { type: 'some' })),
  ]
  for (const instance of instances) await reaches(instance, 'waiting')
})

contract('workflows: terminate() ends an instance', async () => {
  let isOver = false
  const instance = await begin(async (_event, step) => {
    await step.waitForEvent('event', { type: 'some' })
    isOver = true
  })
  await instance.terminate()
  expect((await instance.status()).status).toBe('terminated')
  expect(isOver).toBe(false)
})

contract('workflows: terminate() refuses what has ended', async () => {
  const instance = await begin(() => 1)
  await ended(instance)
  expect(await thrownBy(() => instance.terminate())).toContain('instance.cannot_terminate')
})

contract('workflows: pause() waits for the step that runs', async () => {
  const seen: string[] = []
  let isHeld = true
  const instance = await begin(async (_event, step) => {
    await step.do('one', async () => {
      seen.push('one')
      await until(() => !isHeld)
    })
    await step.do('two', async () => void seen.push('two'))
  })
  await reaches(instance, 'running')
  await until(() => seen.length > 0)
  await instance.pause()
  expect((await instance.status()).status).toBe('waitingForPause')
  isHeld = false
  await reaches(instance, 'paused')
  expect(seen).toEqual(['one'])
  await instance.resume()
  expect((await ended(instance)).status).toBe('complete')
  expect(seen).toEqual(['one', 'two'])
})

contract('workflows: pause() stops an instance that waits', async () => {
  const instance = await begin((_event, step) => step.waitForEvent('event', { type: 'some' }))
  await reaches(instance, 'waiting', 'running')
  await instance.pause()
  await reaches(instance, 'paused')
  await instance.resume()
  await instance.sendEvent({ type: 'some', payload: 1 })
  expect(await ended(instance)).toMatchObject({ status: 'complete', output: { payload: 1 } })
})

for (const method of ['pause', 'resume'] as const) {
  contract(`workflows: ${method}() leaves alone what has ended`, async () => {
    const instance = await begin(() => 1)
    await ended(instance)
    await instance[method]()
    expect((await instance.status()).status).toBe('complete')
  })
}

contract('workflows: restart() begins from the first step', async () => {
  let runs = 0
  const instance = await begin((_event, step) => step.do('count', async () => ++runs))
  expect((await ended(instance)).output).toBe(1)
  await instance.restart()
  await ended(instance)
  expect(runs).toBe(2)
})

contract('workflows: restart() may begin from another step', async () => {
  const seen: number[] = []
  const instance = await begin(async (_event, step) => {
    for (const number of [1, 2, 3]) await step.do(`step ${number}`, async () => void seen.push(number))
  })
  await ended(instance)
  await instance.restart({ from: { name: 'step 2' } })
  await ended(instance)
  expect(seen).toEqual([1, 2, 3, 2, 3])
  expect(await thrownBy(() => instance.restart({ from: { name: 'step 4' } }))).toContain(
    'instance.cannot_restart',
  )
})

contract('workflows: an event is sent to who waits for its type', async () => {
  const instance = await begin((_event, step) => step.waitForEvent('event', { type: 'wanted' }))
  await instance.sendEvent({ type: 'other', payload: 1 })
  await instance.sendEvent({ type: 'wanted', payload: { a: 1 } })
  expect((await ended(instance)).output).toEqual({
    type: 'wanted',
    payload: { a: 1 },
    timestamp: expect.anything(),
  })
})

contract('workflows: events wait in their order', async () => {
  let isHeld = true
  const instance = await begin(async (_event, step) => {
    await step.do('hold', async () => {
      await until(() => !isHeld)
    })
    const events = [
      await step.waitForEvent('a', { type: 'some' }),
      await step.waitForEvent('b', { type: 'some' }),
    ]
    return events.map(({ payload }) => payload)
  })
  await instance.sendEvent({ type: 'some', payload: 1 })
  await instance.sendEvent({ type: 'some', payload: 2 })
  isHeld = false
  expect((await ended(instance)).output).toEqual([1, 2])
})

contract('workflows: an instance that has ended takes no events', async () => {
  const instance = await begin(() => 1)
  await ended(instance)
  await expect(instance.sendEvent({ type: 'some', payload: 1 })).rejects.toThrow()
})
