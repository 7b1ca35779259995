// Calls through stubs.
import { env, exports } from 'cloudflare:workers'
import { expect, vi } from 'vitest'

import { any, contract, errorOf, uniqueName } from '../contract.ts'
import worker, { Counter } from '../objects/objects.ts'

contract('durable-objects: a name and its id lead to the same object', async () => {
  const name = uniqueName('counter')
  const id = env.COUNTER.idFromName(name)
  expect(await env.COUNTER.getByName(name).increment()).toBe(1)
  expect(await env.COUNTER.get(id).increment()).toBe(2)
  expect(await env.COUNTER.get(env.COUNTER.idFromString(id.toString())).increment()).toBe(3)
})

contract('durable-objects: every unique id is an object of its own', async () => {
  const [one, two] = [env.COUNTER.newUniqueId(), env.COUNTER.newUniqueId()]
  expect(await env.COUNTER.get(one).increment()).toBe(1)
  expect(await env.COUNTER.get(two).increment()).toBe(1)
})

contract('durable-objects: fetch() counts in memory and in storage', async () => {
  const stub = env.COUNTER.getByName(uniqueName('counter'))
  expect(await (await stub.fetch('http://counter/')).json()).toEqual({ memory: 1, stored: 1 })
  expect(await (await stub.fetch('http://counter/')).json()).toEqual({ memory: 2, stored: 2 })
})

contract('durable-objects: the Worker forwards a request', async () => {
  const name = uniqueName('counter')
  const response = await exports.default.fetch(`http://example.com/${name}`)
  expect(await response.json()).toEqual({ memory: 1, stored: 1 })
  expect(await env.COUNTER.getByName(name).total).toBe(1)
})

contract('durable-objects: a handler that a test calls reaches the same object', async () => {
  const name = uniqueName('counter')
  await env.COUNTER.getByName(name).increment()
  const response = await worker.fetch(new Request(`http://example.com/${name}`), env)
  expect(await response.json()).toEqual({ memory: 2, stored: 1 })
})

contract('durable-objects: an object knows the name that it was called by', async () => {
  const name = uniqueName('counter')
  expect(await env.COUNTER.getByName(name).ownName()).toBe(name)
  expect(await env.COUNTER.get(env.COUNTER.newUniqueId()).ownName()).toBeUndefined()
})

contract('durable-objects: RPC has methods, getters and private fields', async () => {
  const stub = env.COUNTER.getByName(uniqueName('counter'))
  expect(await stub.increment(3)).toBe(3)
  expect(await stub.total).toBe(3)
  expect(await stub.totalLater).toBe(3)
  expect(await stub.secret()).toBe('a private field')
})

contract('durable-objects: RPC has inherited members', async () => {
  const stub = env.DERIVED.getByName(uniqueName('derived'))
  expect(await stub.inherited()).toBe('from the base class')
  expect(await stub.inheritedGetter).toBe('a getter of the base class')
  expect(await stub.own()).toBe('from the base class, through its own')
})

contract('durable-objects: RPC has neither what is missing nor what is a value', async () => {
  const stub = any(env.COUNTER.getByName(uniqueName('counter'))) as Record<string, () => Promise<unknown>>
  expect(await errorOf(() => stub['missing']!())).toBe(
    'TypeError: The RPC receiver does not implement "missing".',
  )
  expect(await errorOf(() => stub['total']!())).toBe('TypeError: "total" is not a function.')
})

contract('durable-objects: RPC refuses own properties', async () => {
  const stub = any(env.SHADOWED.getByName(uniqueName('shadowed'))) as Record<string, () => Promise<unknown>>
  for (const name of ['field', 'arrow']) {
    expect(await errorOf(() => stub[name]!())).toBe(
      `TypeError: The RPC receiver's prototype does not implement "${name}", but the receiver instance does.\n` +
        'Only properties and methods defined on the prototype can be accessed over RPC.\n' +
        `Ensure properties are declared like \`get ${name}() { ... }\` instead of \`${name} = ...\`,\n` +
        `and methods are declared like \`${name}() { ... }\` instead of \`${name} = () => { ... }\`.`,
    )
  }
  expect(await errorOf(() => stub['method']!())).toBe(
    'TypeError: The RPC receiver does not implement the method "method".',
  )
  expect(await stub['other']!()).toBe('prototype')
})

contract('durable-objects: RPC refuses names of events', async () => {
  const stub = any(env.COUNTER.getByName(uniqueName('counter'))) as Record<string, () => Promise<unknown>>
  for (const name of ['alarm', 'webSocketMessage']) {
    expect(await errorOf(() => stub[name]!())).toContain(
      `'${name}' is a reserved method and cannot be called over RPC.`,
    )
  }
})

contract('durable-objects: a constructor may return a Proxy', async () => {
  const stub = env.PROXIED.getByName(uniqueName('proxied'))
  expect(await stub.increment()).toBe(1)
  expect(await stub.count).toBe(1)
})

contract('durable-objects: a class without base class has fetch(), and no RPC', async () => {
  const stub = env.PLAIN.getByName(uniqueName('plain'))
  expect(await (await stub.fetch('http://plain/')).text()).toBe('plain')
  expect(await errorOf(() => stub.increment())).toMatch(
    /^TypeError: Expected Plain exported by .*objects\.ts be a subclass of `DurableObject` for RPC$/,
  )
})

contract('durable-objects: a class that is not exported is reported by every call', async () => {
  const message = /^TypeError: .*objects\.ts does not export a Missing Durable Object$/
  const stub = env.MISSING.getByName(uniqueName('missing'))
  expect(await errorOf(() => stub.fetch('http://missing/'))).toMatch(message)
  expect(await errorOf(() => stub.increment())).toMatch(message)
})

contract('durable-objects: a class without fetch() is reported', async () => {
  const stub = env.EMPTY.getByName(uniqueName('empty'))
  expect(await errorOf(() => stub.fetch('http://empty/'))).toMatch(
    /^TypeError: Empty exported by .*objects\.ts does not define a `fetch\(\)` method$/,
  )
})

contract(
  'durable-objects: a class may be an expression, made by a function, or of another file',
  async () => {
    const name = uniqueName('class')
    expect(await env.ANONYMOUS.getByName(name).increment()).toBe(1)
    expect(await env.WRAPPED.getByName(name).increment()).toBe(2)
    expect(await env.MOVED.getByName(name).where()).toBe('another file')
  },
)

contract('durable-objects: a class without binding is among the exports', async () => {
  expect(await exports.Unbound.getByName(uniqueName('unbound')).hello()).toBe('unbound')
})

contract('durable-objects: an object calls others, and itself', async () => {
  const name = uniqueName('called')
  const stub = env.CALLER.getByName(name)
  expect(await stub.callOther(name)).toBe(1)
  expect(await stub.callThroughExports(name)).toBe(11)
  expect(await stub.callItself()).toBe(`hello from ${name}`)
})

contract('durable-objects: an error arrives as a copy', async () => {
  const stub = env.COUNTER.getByName(uniqueName('counter'))
  const error = await Promise.resolve(stub.fail()).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(RangeError)
  expect(error).toMatchObject({ message: 'the counter is full', remote: true })
})

contract('durable-objects: the stack of an error says where it was thrown', async () => {
  const stub = env.COUNTER.getByName(uniqueName('counter'))
  const error = await Promise.resolve(stub.fail()).catch((reason: unknown) => reason)
  expect((error as Error).stack).toMatch(/objects\.ts:\d+:\d+/)
  expect((error as Error).stack).toContain('durable-objects.test.ts')
})

contract('durable-objects: an error of a class of its own arrives by name', async () => {
  const stub = env.COUNTER.getByName(uniqueName('counter'))
  const error = await Promise.resolve(stub.failSpecially()).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ message: 'specially', name: 'CounterError', remote: true })
})

contract('durable-objects: a stream arrives chunk by chunk', async () => {
  const stub = env.COUNTER.getByName(uniqueName('counter'))
  const stream = await stub.numbers(3)
  expect(await new Response(any(stream)).text()).toBe('1 2 3 ')
})

contract('durable-objects: a stream that nobody reads holds nothing up', async () => {
  const stub = env.COUNTER.getByName(uniqueName('counter'))
  expect(await stub.numbers(1e9)).toBeInstanceOf(ReadableStream)
})

contract('durable-objects: a class with a container works without it', async () => {
  expect(await env.DERIVED.getByName(uniqueName('derived')).hasContainer()).toBe(false)
})

contract('durable-objects: a spy on the prototype takes effect', async () => {
  const stub = env.COUNTER.getByName(uniqueName('counter'))
  expect(await stub.increment()).toBe(1)
  const spy = vi.spyOn(Counter.prototype, 'increment').mockReturnValue(42)
  expect(await stub.increment(5)).toBe(42)
  expect(spy).toHaveBeenCalledExactlyOnceWith(5)
  spy.mockRestore()
  expect(await stub.increment()).toBe(2)
})

contract('durable-objects: facets of an object are objects', async () => {
  const stub = env.COUNTER.getByName(uniqueName('counter'))
  expect(await stub.incrementFacet('a')).toBe(1)
  expect(await stub.incrementFacet('a')).toBe(2)
  expect(await stub.incrementFacet('b')).toBe(1)
  expect(await stub.total).toBe(0)
})
