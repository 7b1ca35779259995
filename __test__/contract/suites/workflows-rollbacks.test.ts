import type { RollbackOptions } from 'cloudflare:workers'
import { expect } from 'vitest'

import { any, contract } from '../contract.ts'
import { begin, ended, errorOf, ONCE, outputOf, reaches, until } from '../workflows.ts'

/** What a step is given, to write down what its handler is called with. */
function noting(calls: unknown[]): RollbackOptions {
  return {
    async rollback({ ctx, error, output }) {
      calls.push([ctx.step.name, error.message, output])
    },
    rollbackConfig: ONCE,
  }
}

contract('workflows: an instance that fails undoes its steps, the last one first', async () => {
  const calls: unknown[] = []
  const error = await errorOf(async (_event, step) => {
    await step.do('first', async () => 1, noting(calls))
    await step.do('without', async () => 2)
    await step.do('second', ONCE, async () => 3, noting(calls))
    throw new RangeError('no')
  })
  expect(error).toEqual({ name: 'RangeError', message: 'no' })
  expect(calls).toEqual([
    ['second', 'no', 3],
    ['first', 'no', 1],
  ])
})

contract('workflows: a step that failed is undone, too', async () => {
  const calls: unknown[] = []
  const failing = async (): Promise<never> => {
    throw new Error('no')
  }
  await errorOf((_event, step) => step.do('failing', ONCE, failing, noting(calls)))
  expect(calls).toEqual([['failing', 'no', undefined]])
})

contract('workflows: an instance that is complete undoes nothing', async () => {
  const calls: unknown[] = []
  await outputOf((_event, step) => step.do('first', async () => 1, noting(calls)))
  expect(calls).toEqual([])
})

contract('workflows: a rollback is tried again', async () => {
  const attempts: number[] = []
  await errorOf(async (_event, step) => {
    const rollback = async (): Promise<void> => {
      attempts.push(attempts.length + 1)
      if (attempts.length < 3) throw new Error('again')
    }
    const rollbackConfig = { retries: { limit: 5, delay: 1 } }
    await step.do('first', async () => 1, { rollback, rollbackConfig })
    throw new Error('no')
  })
  expect(attempts).toEqual([1, 2, 3])
})

contract('workflows: after a rollback that fails there are no others, and the error stays', async () => {
  const calls: unknown[] = []
  const error = await errorOf(async (_event, step) => {
    await step.do('first', async () => 1, noting(calls))
    const rollback = async (): Promise<void> => {
      throw new Error('another')
    }
    await step.do('second', async () => 2, { rollback, rollbackConfig: ONCE })
    throw new Error('no')
  })
  expect(error?.message).toBe('no')
  expect(calls).toEqual([])
})

for (const rollback of [false, true]) {
  contract(`workflows: terminate() ${rollback ? 'can undo' : 'does not undo'} steps`, async () => {
    const calls: unknown[] = []
    let isWaiting = false
    const instance = await begin(async (_event, step) => {
      await step.do('first', async () => 1, noting(calls))
      isWaiting = true
      await step.waitForEvent('event', { type: 'some' })
    })
    await until(() => isWaiting)
    await reaches(instance, 'running', 'waiting')
    await instance.terminate({ rollback })
    expect((await ended(instance)).status).toBe('terminated')
    expect(calls).toHaveLength(rollback ? 1 : 0)
  })
}

contract('workflows: the options of a step have a rollback', async () => {
  const error = await errorOf((_event, step) => step.do('a', async () => 1, any({ rollback: 5 })))
  expect(error).toBeDefined()
})
