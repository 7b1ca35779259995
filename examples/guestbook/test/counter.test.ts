// A Durable Object on its own: the test talks to it through a stub, as a Worker would.
import { env } from 'cloudflare:test'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Counter } from '../src/counter'

describe('Counter', () => {
  let counter: DurableObjectStub<Counter>

  beforeEach(() => {
    // The same object each time: what a test counted is undone before the next.
    counter = env.COUNTER.get(env.COUNTER.idFromName('book'))
  })

  test('starts at zero', async () => {
    expect(await counter.totals()).toEqual({ signed: 0, deleted: 0 })
  })

  test('returns the new total', async () => {
    expect(await counter.record('signed')).toBe(1)
    expect(await counter.record('signed')).toBe(2)
  })

  test('counts each kind of event by itself', async () => {
    await counter.record('signed')
    await counter.record('deleted')
    await counter.record('signed')
    expect(await counter.totals()).toEqual({ signed: 2, deleted: 1 })
  })

  test('loses nothing when many record at once', async () => {
    const totals = await Promise.all(Array.from({ length: 20 }, () => counter.record('signed')))
    expect(totals.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  })

  test('is the same object for every stub of a name', async () => {
    const [one, other] = [0, 1].map(() => env.COUNTER.get(env.COUNTER.idFromName('book')))
    await one.record('signed')
    expect(await other.totals()).toEqual({ signed: 1, deleted: 0 })
  })
})
