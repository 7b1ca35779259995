import { env } from 'cloudflare:test'
import { NonRetryableError } from 'cloudflare:workflows'
import { expect } from 'vitest'

import { any, contract } from '../contract.ts'
import { begin, ended, errorOf, ONCE, outputOf, QUICK, until } from '../workflows.ts'

contract('workflows: a step has a name, a number and an attempt', async () => {
  const contexts = await outputOf(async (_event, step) => {
    const seen: unknown[] = []
    for (const name of ['a', 'a', 'b']) seen.push(await step.do(name, async (ctx) => ctx))
    return seen
  })
  expect(contexts).toMatchObject([
    { step: { name: 'a', count: 1 }, attempt: 1 },
    { step: { name: 'a', count: 2 }, attempt: 1 },
    { step: { name: 'b', count: 1 }, attempt: 1 },
  ])
})

contract('workflows: sleeps and steps are counted on their own', async () => {
  const step = await outputOf(async (_event, step) => {
    await step.sleep('a', 1)
    return step.do('a', async (ctx) => ctx.step)
  })
  expect(step).toEqual({ name: 'a', count: 1 })
})

contract('workflows: by default there are five retries, after ten seconds and more', async () => {
  expect(await outputOf((_event, step) => step.do('a', async ({ config }) => config))).toEqual({
    retries: { limit: 5, delay: 10_000, backoff: 'exponential' },
    timeout: '10 minutes',
  })
})

contract('workflows: a configuration is completed', async () => {
  const config = { retries: { limit: 2, delay: '1 second' as const } }
  expect(await outputOf((_event, step) => step.do('a', config, async (ctx) => ctx.config))).toEqual({
    retries: { limit: 2, delay: '1 second', backoff: 'exponential' },
    timeout: '10 minutes',
  })
})

contract('workflows: retries may be unlimited', async () => {
  const config = { retries: { limit: Infinity, delay: 1 } }
  const output = await outputOf((_event, step) =>
    step.do('a', config, async ({ attempt }) => {
      if (attempt < 8) throw new Error('again')
      return attempt
    }),
  )
  expect(output).toBe(8)
})

for (const config of [
  5,
  { retry: 1 },
  { retries: {} },
  { retries: { limit: 1 } },
  { retries: { delay: 1 } },
  { retries: { limit: -1, delay: 0 } },
  { retries: { limit: 'x', delay: 0 } },
  { retries: { limit: 1, delay: 'x' } },
  { retries: { limit: 1, delay: -1 } },
  { retries: { limit: 1, delay: 0, backoff: 'x' } },
  { timeout: 'x' },
  { timeout: 0 },
  { timeout: -1 },
]) {
  contract(`workflows: ${JSON.stringify(config)} is no configuration`, async () => {
    const error = await errorOf((_event, step) => step.do('a', any(config), async () => 1))
    expect(error?.message).toContain('Step config for "a" is in a invalid format.')
  })
}

for (const [what, name] of [
  ['257 characters', 'x'.repeat(257)],
  ['a line break', 'a\n'],
]) {
  contract(`workflows: a name does not have ${what}`, async () => {
    const error = await errorOf((_event, step) => step.do(name!, async () => 1))
    expect(error?.message).toContain('exceeds max length (256 chars) or invalid characters found')
  })
}

contract('workflows: a step needs a callback', async () => {
  const error = await errorOf((_event, step) => step.do('a', any(undefined)))
  expect(error?.message).toContain('Step "a" requires a callback function')
})

contract('workflows: a mistake in a step can be caught', async () => {
  const output = await outputOf(async (_event, step) => {
    try {
      return await step.do('a', any(5), async () => 1)
    } catch {
      return 'caught'
    }
  })
  expect(output).toBe('caught')
})

contract('workflows: a step that fails is tried again', async () => {
  const attempts: number[] = []
  const output = await outputOf((_event, step) =>
    step.do('a', QUICK, async ({ attempt }) => {
      attempts.push(attempt)
      if (attempt < 3) throw new Error('again')
      return 'done'
    }),
  )
  expect(output).toBe('done')
  expect(attempts).toEqual([1, 2, 3])
})

contract('workflows: an instance fails with the error of the last attempt', async () => {
  const error = await errorOf((_event, step) =>
    step.do('a', QUICK, async ({ attempt }) => {
      throw new RangeError(`attempt ${attempt}`)
    }),
  )
  expect(error).toEqual({ name: 'RangeError', message: 'attempt 4' })
})

contract('workflows: the error of a step can be caught', async () => {
  const output = await outputOf(async (_event, step) => {
    try {
      return await step.do('a', ONCE, async () => {
        throw new RangeError('no')
      })
    } catch (error) {
      const { name, message } = error as Error
      return [name, message, error instanceof RangeError]
    }
  })
  expect(output).toEqual(['RangeError', 'no', true])
})

for (const [backoff, gaps] of [
  ['constant', [40, 40, 40]],
  ['linear', [40, 80, 120]],
  ['exponential', [40, 80, 160]],
] as const) {
  contract(`workflows: delays can be ${backoff}`, async () => {
    const times: number[] = []
    await errorOf((_event, step) =>
      step.do('a', { retries: { limit: 3, delay: 40, backoff } }, async () => {
        times.push(Date.now())
        throw new Error('again')
      }),
    )
    // A timer may be a little early, because clocks are read in whole milliseconds.
    for (const [index, gap] of gaps.entries()) {
      expect(times[index + 1]! - times[index]!).toBeGreaterThanOrEqual(gap - 2)
    }
    // Were it the next kind, it would have taken longer still; how long is not for a test to say.
    expect(times).toHaveLength(4)
  })
}

contract('workflows: a delay can be computed', async () => {
  const asked: unknown[] = []
  const delay = ({ ctx, error }: { ctx: { attempt: number }; error: Error }): number => {
    asked.push([ctx.attempt, error.message])
    return 1
  }
  await errorOf((_event, step) =>
    step.do('a', any({ retries: { limit: 2, delay } }), async () => {
      throw new Error('again')
    }),
  )
  expect(asked).toEqual([
    [1, 'again'],
    [2, 'again'],
  ])
})

contract('workflows: a NonRetryableError is not tried again', async () => {
  let attempts = 0
  const error = await errorOf((_event, step) =>
    step.do('a', QUICK, async () => {
      attempts += 1
      throw new NonRetryableError('never')
    }),
  )
  expect(error).toBeDefined()
  expect(attempts).toBe(1)
})

contract('workflows: a NonRetryableError with a name is not tried again', async () => {
  let attempts = 0
  await errorOf((_event, step) =>
    step.do('a', QUICK, async () => {
      attempts += 1
      throw new NonRetryableError('never', 'Named')
    }),
  )
  expect(attempts).toBe(1)
})

contract('workflows: a NonRetryableError keeps its message', async () => {
  const error = await errorOf((_event, step) =>
    step.do('a', async () => {
      throw new NonRetryableError('never')
    }),
  )
  expect(error).toEqual({ name: 'NonRetryableError', message: 'never' })
})

contract('workflows: an attempt may take too long', async () => {
  const config = { ...ONCE, timeout: 20 }
  const error = await errorOf((_event, step) => step.do('a', config, () => new Promise(() => {})))
  expect(error?.message).toContain('Execution timed out after 20ms')
})

for (const [what, value] of [
  ['nothing', undefined],
  ['null', null],
  ['a number', 1.5],
  ['text', 'text'],
  ['a large integer', 10n],
  ['a date', new Date(0)],
  ['a map', new Map([['a', new Set([1])]])],
  ['bytes', new Uint8Array([1, 2])],
  ['an object', { a: [{ b: 1 }] }],
] as const) {
  contract(`workflows: a step returns ${what}`, async () => {
    let result: unknown
    await outputOf(async (_event, step) => {
      result = await step.do('a', async () => value)
    })
    expect(result).toEqual(value)
  })
}

contract('workflows: a step returns a stream, which can be read', async () => {
  const output = await outputOf(async (_event, step) => {
    const stream = await step.do('a', async () => any(new Response('streamed').body))
    return new Response(any(stream)).text()
  })
  expect(output).toBe('streamed')
})

contract('workflows: a step does not return a function', async () => {
  const error = await errorOf((_event, step) => step.do('a', ONCE, async () => any(() => 1)))
  expect(error?.message).toContain('the step "a" returned a value which is not serialisable')
})

contract('workflows: a step does not return a symbol', async () => {
  const error = await errorOf((_event, step) => step.do('a', ONCE, async () => any(Symbol('no'))))
  expect(error).toMatchObject({ name: 'DataCloneError' })
})

contract('workflows: a step does not return what refers to itself', async () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  const error = await errorOf((_event, step) => step.do('a', ONCE, async () => any(cyclic)))
  expect(error).toMatchObject({ name: 'TypeError', message: expect.stringContaining('circular') })
})

contract('workflows: steps run side by side', async () => {
  const output = await outputOf((_event, step) =>
    Promise.all([1, 2, 3].map((number) => step.do('same', async ({ step: { count } }) => [number, count]))),
  )
  expect(output).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ])
})

contract('workflows: a step may have steps', async () => {
  expect(await outputOf((_event, step) => step.do('outer', () => step.do('inner', async () => 7)))).toBe(7)
})

contract('workflows: there is a limit of steps, which sleeps do not count for', async () => {
  const output = outputOf(async (_event, step) => {
    for (const name of ['a', 'b', 'c']) {
      await step.do(name, async () => 1)
      await step.sleep(name, 0)
    }
    return 'done'
  }, env.SHORT_FLOW)
  expect(await output).toBe('done')
  const error = await errorOf(async (_event, step) => {
    for (const name of ['a', 'b', 'c', 'd']) await step.do(name, async () => 1)
  }, env.SHORT_FLOW)
  expect(error?.message).toContain('The limit of 3 steps has been reached.')
})

for (const duration of [20, '0.02 seconds']) {
  contract(`workflows: a sleep takes its time: ${duration}`, async () => {
    const before = Date.now()
    await outputOf((_event, step) => step.sleep('a', any(duration)))
    expect(Date.now() - before).toBeGreaterThanOrEqual(18)
  })
}

for (const duration of ['x', undefined, null, NaN]) {
  contract(`workflows: ${String(duration)} is no duration`, async () => {
    expect(await errorOf((_event, step) => step.sleep('a', any(duration)))).toBeDefined()
  })
}

contract('workflows: a duration has a unit that exists', async () => {
  expect(await errorOf((_event, step) => step.sleep('a', any('10 moons')))).toBeDefined()
})

for (const [what, time] of [
  ['a date', () => new Date(Date.now() + 40)],
  ['a number', () => Date.now() + 40],
] as const) {
  contract(`workflows: a sleep lasts until ${what}`, async () => {
    let until = 0
    await outputOf(async (_event, step) => {
      const wanted = time()
      until = Number(wanted)
      await step.sleepUntil('a', wanted)
    })
    expect(Date.now()).toBeGreaterThanOrEqual(until - 2)
  })
}

contract('workflows: a sleep does not last until the past', async () => {
  const error = await errorOf((_event, step) => step.sleepUntil('a', new Date(0)))
  expect(error?.message).toContain("You can't sleep until a time in the past")
})

contract('workflows: an event may not come in time', async () => {
  const error = await errorOf((_event, step) => step.waitForEvent('a', { type: 'some', timeout: 20 }))
  expect(error?.message).toContain('Execution timed out after 20ms')
})

contract('workflows: an event that does not come in time can be done without', async () => {
  const output = await outputOf(async (_event, step) => {
    try {
      return await step.waitForEvent('a', { type: 'some', timeout: 20 })
    } catch {
      return 'without'
    }
  })
  expect(output).toBe('without')
})

contract('workflows: finished steps are not done again after a pause', async () => {
  let runs = 0
  const instance = await begin(async (_event, step) => {
    const result = await step.do('once', async () => ++runs)
    await step.waitForEvent('event', { type: 'some' })
    return result
  })
  await until(() => runs > 0)
  await instance.pause()
  await instance.resume()
  await instance.sendEvent({ type: 'some', payload: null })
  expect((await ended(instance)).output).toBe(1)
  expect(runs).toBe(1)
})
