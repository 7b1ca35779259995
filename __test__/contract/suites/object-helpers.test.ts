// Tests that reach into objects.
import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect, vi } from 'vitest'

import { any, contract, errorOf, uniqueName } from '../contract.ts'
import type { Plain } from '../objects/objects.ts'
import { Counter, Unbound } from '../objects/objects.ts'

const counter = () => env.COUNTER.getByName(uniqueName('counter'))

contract('object-helpers: what a test stores, the object finds', async () => {
  const stub = counter()
  await runInDurableObject(stub, (_, { storage }) => storage.put('count', 41))
  expect(await (await stub.fetch('http://counter/')).json()).toEqual({ memory: 1, stored: 42 })
})

contract('object-helpers: what the object stores, a test finds', async () => {
  const stub = counter()
  await (await stub.fetch('http://counter/')).json()
  expect(await runInDurableObject(stub, (_, { storage }) => storage.get('count'))).toBe(1)
})

contract('object-helpers: the instance is the one that answers calls', async () => {
  const stub = counter()
  await runInDurableObject(stub, (instance) => {
    expect(instance).toBeInstanceOf(Counter)
    instance.memory = 999
  })
  expect(await stub.increment()).toBe(1000)
  expect(await runInDurableObject(stub, (instance) => instance.increment())).toBe(1001)
})

contract('object-helpers: the state is that of the object', async () => {
  const stub = counter()
  const id = await runInDurableObject(stub, (_, state) => state.id)
  expect(id.equals(stub.id)).toBe(true)
  expect(id.name).toBe(stub.name)
})

contract('object-helpers: every kind of id leads to the object', async () => {
  const unique = env.COUNTER.newUniqueId()
  const named = env.COUNTER.idFromName(uniqueName('counter'))
  for (const id of [unique, named, env.COUNTER.idFromString(named.toString())]) {
    const found = await runInDurableObject(env.COUNTER.get(id), (_, state) => state.id)
    expect(found.equals(id)).toBe(true)
  }
})

contract('object-helpers: results are handed over as they are', async () => {
  const stub = counter()
  const add = (left: number, right: number): number => left + right
  for (const value of [1, 'text', null, undefined, Symbol('s'), { deep: [new Map()] }, add, new Counting()]) {
    expect(await runInDurableObject(stub, () => value)).toBe(value)
    expect(await runInDurableObject(stub, async () => value)).toBe(value)
  }
})

class Counting {
  count = 1
}

contract('object-helpers: errors are handed over as they are', async () => {
  class Special extends Error {
    detail = 5
  }
  const stub = counter()
  for (const error of [new Special('special'), 'a text', undefined]) {
    const reason = await runInDurableObject(stub, () => {
      throw error
    }).then(
      () => 'nothing',
      (caught: unknown) => caught,
    )
    expect(reason).toBe(error)
    await runInDurableObject(stub, () => Promise.reject(error)).catch((caught: unknown) => {
      expect(caught).toBe(error)
    })
  }
  expect(await stub.increment()).toBe(1)
})

contract('object-helpers: a response can be read in the test', async () => {
  const stub = counter()
  const response = await runInDurableObject(
    stub,
    () => new Response('a body', { status: 201, headers: { a: 'b' } }),
  )
  expect([response.status, response.headers.get('a')]).toEqual([201, 'b'])
  expect(await response.text()).toBe('a body')
})

contract('object-helpers: a redirect is a result', async () => {
  const response = await runInDurableObject(counter(), () => Response.redirect('http://example.com/', 302))
  expect([response.status, response.headers.get('location')]).toEqual([302, 'http://example.com/'])
})

contract('object-helpers: what belongs to the object cannot be used outside', async () => {
  const stub = counter()
  const storage = await runInDurableObject(stub, (_, state) => state.storage)
  expect(await errorOf(() => storage.get('count'))).toContain(
    'Cannot perform I/O on behalf of a different Durable Object.',
  )
})

contract('object-helpers: a class needs neither handlers, nor a base class, nor a binding', async () => {
  await runInDurableObject(env.EMPTY.getByName(uniqueName('empty')), (_, { storage }) => storage.put('a', 1))
  const plain = env.PLAIN.getByName(uniqueName('plain')) as unknown as DurableObjectStub
  expect(await runInDurableObject(plain, (instance: Plain) => instance.increment())).toBe(1)
  const unbound = exports.Unbound.getByName(uniqueName('unbound'))
  await runInDurableObject(unbound, (instance) => expect(instance).toBeInstanceOf(Unbound))
})

contract('object-helpers: the class sees no request', async () => {
  const spy = vi.spyOn(Counter.prototype, 'fetch')
  await runInDurableObject(counter(), () => {})
  expect(spy).not.toHaveBeenCalled()
  spy.mockRestore()
})

contract('object-helpers: the callback waits for what the constructor blocks on', async () => {
  const stub = env.SLOW.getByName(uniqueName('slow'))
  expect(await runInDurableObject(stub, (instance) => instance.ready)).toBe(true)
})

contract('object-helpers: an object that cannot be constructed rejects', async () => {
  expect(await errorOf(() => runInDurableObject(env.THROWING.getByName(uniqueName('t')), () => 1))).toContain(
    'never constructed',
  )
  expect(await errorOf(() => runInDurableObject(env.BLOCKED.getByName(uniqueName('b')), () => 1))).toContain(
    'never ready',
  )
  expect(await errorOf(() => runInDurableObject(env.MISSING.getByName(uniqueName('m')), () => 1))).toMatch(
    /^TypeError: .*objects\.ts does not export a Missing Durable Object$/,
  )
})

contract('object-helpers: an object that a callback aborts rejects', async () => {
  const stub = counter()
  const aborted = runInDurableObject(stub, async (_, state) => {
    state.abort('enough')
    await scheduler.wait(1)
  })
  expect(await errorOf(() => aborted)).toContain('enough')
})

contract('object-helpers: callbacks are behind the gates of the object', async () => {
  const stub = counter()
  const add = (): Promise<void> =>
    runInDurableObject(stub, async (_, { storage }) => {
      const count = (await storage.get<number>('count')) ?? 0
      await storage.put('count', count + 1)
    })
  await Promise.all([add(), add(), add()])
  expect(await runInDurableObject(stub, (_, { storage }) => storage.get('count'))).toBe(3)
})

contract('object-helpers: callbacks that wait for something else overlap', async () => {
  const stub = counter()
  const steps: string[] = []
  const step = (name: string, delay: number): Promise<void> =>
    runInDurableObject(stub, async () => {
      steps.push(`${name} begins`)
      await scheduler.wait(delay)
      steps.push(`${name} ends`)
    })
  await Promise.all([step('first', 50), step('second', 10)])
  expect(steps).toEqual(['first begins', 'second begins', 'second ends', 'first ends'])
})

contract('object-helpers: a callback may reach into another object, and into its own', async () => {
  const name = uniqueName('nested')
  const inside = await runInDurableObject(env.COUNTER.getByName(name), (instance) => {
    instance.memory = 5
    const other = env.DERIVED.getByName(name)
    return runInDurableObject(other, (derived) => {
      const own = env.COUNTER.getByName(name)
      return runInDurableObject(own, ({ memory }) => [derived.own(), memory])
    })
  })
  expect(inside).toEqual(['from the base class, through its own', 5])
})

contract('object-helpers: a callback may use stubs of the test for it', async () => {
  const [one, other] = [counter(), counter()]
  await other.increment(7)
  const memory = await runInDurableObject(one, () => runInDurableObject(other, (instance) => instance.memory))
  expect(memory).toBe(7)
})

contract('object-helpers: a spy on an instance takes effect through a stub', async () => {
  const stub = counter()
  const spy = await runInDurableObject(stub, (instance) =>
    vi.spyOn(instance, 'increment').mockImplementation(function (this: Counter, by = 1) {
      return this.memory + by * 100
    }),
  )
  expect(await stub.increment(2)).toBe(200)
  expect(spy).toHaveBeenCalledExactlyOnceWith(2)
  spy.mockRestore()
  expect(await stub.increment()).toBe(1)
  await runInDurableObject(stub, (instance) => {
    instance.increment = () => 5
  })
  expect(await stub.increment()).toBe(5)
})

contract('object-helpers: runInDurableObject() refuses what is no stub, or no function', async () => {
  const notStub =
    "TypeError: Failed to execute 'runInDurableObject': parameter 1 is not of type 'DurableObjectStub'."
  for (const value of [undefined, null, {}, 'stub', env.COUNTER, { fetch() {}, id: {} }]) {
    expect(await errorOf(() => runInDurableObject(any(value), () => 1))).toBe(notStub)
  }
  for (const value of [undefined, null, {}]) {
    expect(await errorOf(() => runInDurableObject(counter(), any(value)))).toBe(
      "TypeError: Failed to execute 'runInDurableObject': parameter 2 is not of type 'function'.",
    )
  }
})
