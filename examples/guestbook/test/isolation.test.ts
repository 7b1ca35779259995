// What storage looks like to each test. The rule: a test sees what the `beforeAll` hooks around it wrote,
// and nothing that another test wrote. Each test below first checks that, then makes a mess.
// It holds in any order: try `npx vitest run --sequence.shuffle`.
import { SELF, env } from 'cloudflare:test'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addEntry, listEntries } from '../src/entries'

const BOOK = 'hall'

function sign(name: string): Promise<unknown> {
  return addEntry(env.GUESTBOOK, BOOK, { name, message: 'Hello' })
}

async function names(): Promise<string[]> {
  const { entries } = await listEntries(env.GUESTBOOK, BOOK)
  return entries.map(({ name }) => name).sort()
}

async function makeMess(): Promise<void> {
  const { keys } = await env.GUESTBOOK.list()
  for (const { name } of keys) await env.GUESTBOOK.delete(name)
  await sign('Mallory')
  await env.GUESTBOOK.put('left-over', 'x')
}

beforeAll(() => sign('Ada'))

test('a test sees what beforeAll of its file wrote', async () => {
  expect(await names()).toEqual(['Ada'])
  await makeMess()
})

test('a second test sees the same', async () => {
  expect(await names()).toEqual(['Ada'])
  await makeMess()
})

test('each repetition of a test starts afresh', { repeats: 2 }, async () => {
  expect(await names()).toEqual(['Ada'])
  await makeMess()
})

test('what a request writes is undone as well', async () => {
  expect(await names()).toEqual(['Ada'])
  const response = await SELF.fetch(`https://guestbook.example/${BOOK}/entries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Mallory', message: 'Hello' }),
  })
  expect(response.status).toBe(201)
  await response.body?.cancel()
})

describe('a suite with a seed', () => {
  beforeAll(() => sign('Bob'))

  test('adds it to the seed of the file', async () => {
    expect(await names()).toEqual(['Ada', 'Bob'])
    await makeMess()
  })

  test('keeps it for each of its tests', async () => {
    expect(await names()).toEqual(['Ada', 'Bob'])
    await makeMess()
  })

  describe('and a suite inside', () => {
    beforeAll(() => sign('Cleo'))

    test('sees the seeds of all three levels', async () => {
      expect(await names()).toEqual(['Ada', 'Bob', 'Cleo'])
      await makeMess()
    })

    test('in every one of its tests', async () => {
      expect(await names()).toEqual(['Ada', 'Bob', 'Cleo'])
      await makeMess()
    })
  })
})

describe('a suite beside it', () => {
  test('sees none of its seeds', async () => {
    expect(await names()).toEqual(['Ada'])
    await makeMess()
  })
})

describe('hooks around each test', () => {
  beforeEach(() => sign('Dora'))
  // After the test's own writes, and undone together with them.
  afterEach(() => sign('Erin'))

  test('write for this test', async () => {
    expect(await names()).toEqual(['Ada', 'Dora'])
    await makeMess()
  })

  test('and again for that one', async () => {
    expect(await names()).toEqual(['Ada', 'Dora'])
    await makeMess()
  })
})
