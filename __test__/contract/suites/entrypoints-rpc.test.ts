import { createExecutionContext } from 'cloudflare:test'
import { env, exports, RpcTarget } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract, errorOf, uniqueName } from '../contract.ts'
import { Service as ServiceClass } from '../workers/entrypoints.ts'

const { Service, Decorated } = exports

contract('entrypoints: arguments and results are cloned', async () => {
  const values = [
    new Map([[1, 2]]),
    new Set([1]),
    new Date(5),
    new Uint8Array([1, 2]),
    undefined,
    null,
    7n,
    /x/u,
  ]
  expect(await Service.kinds(...values)).toEqual(
    'Map Set Date Uint8Array Undefined Null BigInt RegExp'.split(' '),
  )
  expect(await Service.back(...values)).toEqual(values)
})

contract('entrypoints: methods of superclasses can be called', async () => {
  expect(await Service.inherited()).toBe('from the superclass')
  expect(await (await Service.inheritedFunction)()).toBe('from the superclass')
  expect(await Service.inheritedFunction()).toBe('from the superclass')
})

contract('entrypoints: a method can be taken before it is called', async () => {
  using back = await Service.back
  expect(await back(1, 2)).toEqual([1, 2])
  const { inherited } = Service
  expect(await inherited()).toBe('from the superclass')
})

contract('entrypoints: getters can be read', async () => {
  expect(await Service.value).toBe(7)
  expect(await Service.asyncValue).toBe('later')
  expect(await Service.secret).toBe('private 42')
})

contract('entrypoints: properties of instances cannot be reached', async () => {
  const refusal = (key: string): string =>
    `TypeError: The RPC receiver's prototype does not implement "${key}", but the receiver instance does.\n` +
    'Only properties and methods defined on the prototype can be accessed over RPC.\n' +
    `Ensure properties are declared like \`get ${key}() { ... }\` instead of \`${key} = ...\`,\n` +
    `and methods are declared like \`${key}() { ... }\` instead of \`${key} = () => { ... }\`.`
  expect(await errorOf(async () => await Service.property)).toBe(refusal('property'))
  expect(await errorOf(() => Service.arrow())).toBe(refusal('arrow'))
})

contract('entrypoints: a property of the instance hides a method', async () => {
  expect(await errorOf(() => Service.bound())).toBe(
    'TypeError: The RPC receiver does not implement the method "bound".',
  )
})

contract('entrypoints: what is not there is refused', async () => {
  expect(await errorOf(async () => await Service.missing)).toBe(
    'TypeError: The RPC receiver does not implement "missing".',
  )
  expect(await errorOf(() => Service.missing())).toBe(
    'TypeError: The RPC receiver does not implement "missing".',
  )
})

contract('entrypoints: a value is not called', async () => {
  expect(await errorOf(() => Service.value())).toBe('TypeError: "value" is not a function.')
})

contract('entrypoints: reserved names are no methods', async () => {
  expect(await errorOf(() => Service.alarm())).toBe(
    "TypeError: 'alarm' is a reserved method and cannot be called over RPC.",
  )
  expect(await errorOf(() => Service.self())).toBe(
    'TypeError: The RPC receiver does not implement the method "self".',
  )
})

contract('entrypoints: functions come back as functions', async () => {
  using triple = await Service.multiplier(3)
  expect(await triple(4)).toBe(12)
  expect(await triple(5)).toBe(15)
  expect(await Service.multiplier(2)(4)).toBe(8)
  using count = await Service.counting()
  expect([await count(), await count()]).toEqual([1, 2])
})

contract('entrypoints: RPC targets have methods and getters, until they are disposed of', async () => {
  const counter = await Service.makeCounter(5)
  {
    using same = counter
    expect(await same.increment()).toBe(6)
    expect(await same.increment(2)).toBe(8)
    expect(await same.value).toBe(8)
  }
  expect(await errorOf(() => counter.increment())).toContain('RPC stub used after being disposed.')
})

contract('entrypoints: calls are pipelined', async () => {
  expect(await Service.makeCounter(3).increment()).toBe(4)
  expect(await Service.makeCounter(3).value).toBe(3)
  expect(await Service.object().nested.value).toBe('deep')
  expect(await Service.object().double(4)).toBe(8)
})

contract('entrypoints: functions and RPC targets can be passed', async () => {
  class Own extends RpcTarget {
    counted = 1

    increment(by: number): number {
      return (this.counted += by)
    }
  }
  const heard: string[] = []
  const answer = await Service.callBack((text: string) => {
    heard.push(text)
    return text.toUpperCase()
  }, new Own())
  expect(answer).toEqual({ said: 'HELLO', counted: 6 })
  expect(heard).toEqual(['hello'])
})

contract('entrypoints: streams, requests and responses cross', async () => {
  expect(await Service.readAll(new Blob(['there']).stream())).toBe('there')
  expect(await new Response(await Service.stream('back')).text()).toBe('back')

  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const written = new Response(readable).text()
  await Service.writeTo(writable, 'written')
  expect(await written).toBe('written')

  const init = { method: 'POST', body: 'body', headers: { 'x-from': 'test' } }
  const response = await Service.relay(new Request('http://example.com/', init))
  expect(response.status).toBe(201)
  expect(response.headers.get('x-method')).toBe('POST')
  expect(response.headers.get('x-from')).toBe('test')
  expect(await response.text()).toBe('got body')

  const relayed = await Service.relayResponse(new Response('hi', { headers: { 'x-from': 'test' } }))
  expect(relayed.status).toBe(202)
  expect(relayed.headers.get('x-from')).toBe('test')
  expect(await relayed.text()).toBe('hi')
})

contract('entrypoints: errors keep their class, and are marked as remote', async () => {
  for (const type of [TypeError, RangeError, SyntaxError, Error]) {
    const error = await caught(() => Service.fail(type.name))
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ message: `a ${type.name}`, remote: true })
  }
  expect(await caught(() => Service.failLater())).toMatchObject({ message: 'rejected', remote: true })
  const own = await caught(() => Service.fail('own'))
  expect(own).toBeInstanceOf(Error)
  expect(own).toMatchObject({ remote: true, message: expect.stringContaining('custom') })
})

contract('entrypoints: what is thrown arrives, even if it is no error', async () => {
  for (const value of ['a string', 5]) {
    const error = await caught(() => Service.failWith(value))
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ message: String(value), remote: true })
  }
  expect(await caught(() => Service.failWith({ a: 1 }))).toEqual({ a: 1, remote: true })
  expect(await caught(() => Service.failWith(undefined))).toMatchObject({
    message: 'undefined',
    remote: true,
  })
})

contract('entrypoints: constructors, methods and getters have ctx and env', async () => {
  const seen = { props: { a: 1 }, text: 'text' }
  expect(await Service({ props: { a: 1 } }).everywhere()).toEqual({ inConstructor: seen, inMethod: seen })
})

contract('entrypoints: background work of methods goes on', async () => {
  const key = uniqueName('later')
  await Service.later(key)
  await expect.poll(() => env['KV'].get(key)).toBe('written later')
})

contract('entrypoints: each call makes an instance', async () => {
  const first = await Service.instanceNumber()
  expect(await Service.instanceNumber()).toBe(first + 1)
  expect(await Service.instanceNumber()).toBe(first + 2)
})

contract('entrypoints: calls begin in their order', async () => {
  await Service.takeBegun()
  await Promise.all([Service.begin('a', 20), Service.begin('b', 1), Service.begin('c', 1)])
  expect(await Service.takeBegun()).toEqual(['a', 'b', 'c'])
  expect(await Service.beginThrice('d')).toEqual(['d 1', 'd 2', 'd 3'])
  expect(await Service.takeBegun()).toEqual(['d 1', 'd 2', 'd 3'])
})

contract('entrypoints: decorated methods can be called', async () => {
  expect(await Decorated.add(4)).toBe(10)
})

contract('entrypoints: a test can make an instance itself', () => {
  const service = new ServiceClass(createExecutionContext(), env)
  expect(service.back(1, 2)).toEqual([1, 2])
  expect(service.arrow()).toBe('on the instance')
})

async function caught(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
