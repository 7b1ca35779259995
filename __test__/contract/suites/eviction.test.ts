// Objects that a test stops.
import {
  abortAllDurableObjects,
  evictAllDurableObjects,
  evictDurableObject,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, vi } from 'vitest'

import { any, contract, errorOf, uniqueName } from '../contract.ts'
import { connect } from '../sockets.ts'

const NOT_RUNNING = 'Error: Cannot evict Durable Object: it is not currently running.'
const BAD_OPTION = 'TypeError: options.webSockets must be "hibernate" or "close".'

const counter = () => env.COUNTER.getByName(uniqueName('counter'))

/** Counts in memory and in storage. */
async function count(stub: DurableObjectStub): Promise<unknown> {
  return (await stub.fetch('http://counter/')).json()
}

contract('eviction: memory is lost, storage and the stub stay', async () => {
  const stub = counter()
  expect(await count(stub)).toEqual({ memory: 1, stored: 1 })
  expect(await count(stub)).toEqual({ memory: 2, stored: 2 })
  await evictDurableObject(stub)
  expect(await count(stub)).toEqual({ memory: 1, stored: 3 })
})

contract('eviction: what a test did to an instance goes with it', async () => {
  const stub = counter()
  const evicted = await runInDurableObject(stub, (instance) => {
    instance.memory = 5
    return instance
  })
  await evictDurableObject(stub)
  expect(await stub.increment()).toBe(1)
  expect(await runInDurableObject(stub, (instance) => instance === evicted)).toBe(false)
})

contract('eviction: an object that does not run cannot be evicted', async () => {
  const stub = counter()
  expect(await errorOf(() => evictDurableObject(stub))).toBe(NOT_RUNNING)
  await stub.increment()
  await evictDurableObject(stub)
  expect(await errorOf(() => evictDurableObject(stub))).toBe(NOT_RUNNING)
})

contract('eviction: what is wrong with the arguments', async () => {
  const stub = counter()
  for (const value of [undefined, {}, env.COUNTER]) {
    expect(await errorOf(() => evictDurableObject(any(value)))).toBe(
      "TypeError: Failed to execute 'evictDurableObject': parameter 1 is not of type 'DurableObjectStub'.",
    )
  }
  for (const webSockets of ['keep', null, 5]) {
    expect(await errorOf(() => evictDurableObject(stub, { webSockets: any(webSockets) }))).toBe(BAD_OPTION)
    expect(await errorOf(() => evictAllDurableObjects({ webSockets: any(webSockets) }))).toBe(BAD_OPTION)
  }
})

contract('eviction: a socket hibernates, and its next message wakes the object', async () => {
  const stub = env.SOCKETS.getByName(uniqueName('sockets'))
  const { socket, next } = await connect(stub, '/hibernating?tag=a')
  socket.send('before')
  expect(await next()).toBe('seen 1: before')
  await evictDurableObject(stub)
  socket.send('after')
  expect(await next()).toBe('seen 1: after')
  socket.send('attachment')
  expect(await next()).toBe('{"tags":["a"]}')
})

contract('eviction: a socket can be closed', async () => {
  const stub = env.SOCKETS.getByName(uniqueName('sockets'))
  const { closed } = await connect(stub, '/hibernating')
  await evictDurableObject(stub, { webSockets: 'close' })
  expect((await closed).code).toBe(1006)
  expect(await stub.all()).toEqual([])
})

contract('eviction: a call under way is awaited', async () => {
  const stub = env.SEQUENCE.getByName(uniqueName('sequence'))
  const ended: string[] = []
  await stub.push(1)
  const call = stub.slowly().then(() => ended.push('call'))
  await evictDurableObject(stub).then(() => ended.push('eviction'))
  await call
  expect(ended).toEqual(['call', 'eviction'])
  expect(await stub.all()).toEqual([])
})

contract('eviction: a body that nobody has read is awaited', async () => {
  const stub = counter()
  const response = await stub.fetch('http://counter/endless')
  let isEvicted = false
  const eviction = evictDurableObject(stub).then(() => (isEvicted = true))
  // Other calls have time to come and go.
  for (let round = 0; round < 10; round++) await counter().increment()
  expect(isEvicted).toBe(false)
  await response.body!.cancel()
  await eviction
  expect(await stub.increment()).toBe(1)
})

contract('eviction: an alarm goes off all the same', async () => {
  const stub = env.ALARMED.getByName(uniqueName('alarmed'))
  await stub.setAlarm(Date.now() + 50)
  await evictDurableObject(stub)
  await vi.waitUntil(() => stub.hasRun(), { timeout: 10_000, interval: 10 })
})

contract('eviction: all objects can be evicted at once', async () => {
  const stubs = [counter(), counter(), counter()]
  await Promise.all(stubs.map(count))
  await evictAllDurableObjects()
  for (const stub of stubs) {
    expect(await errorOf(() => evictDurableObject(stub))).toBe(NOT_RUNNING)
    expect(await count(stub)).toEqual({ memory: 1, stored: 2 })
  }
})

contract('eviction: nothing needs to run for evicting all', async () => {
  await evictAllDurableObjects()
  await evictAllDurableObjects({ webSockets: 'close' })
})

contract('eviction: evicting all can close sockets', async () => {
  const stub = env.SOCKETS.getByName(uniqueName('sockets'))
  const [first, second] = [await connect(stub, '/hibernating'), await connect(stub, '/hibernating')]
  await evictAllDurableObjects()
  first.socket.send('still there')
  expect(await first.next()).toMatch(/still there$/)
  await evictAllDurableObjects({ webSockets: 'close' })
  expect([(await first.closed).code, (await second.closed).code]).toEqual([1006, 1006])
})

contract('eviction: aborting breaks calls, stubs and sockets, and storage stays', async () => {
  const name = uniqueName('counter')
  const stub = env.COUNTER.getByName(name)
  expect(await count(stub)).toEqual({ memory: 1, stored: 1 })
  const waiting = env.SEQUENCE.getByName(uniqueName('sequence'))
  await waiting.push(1)
  const call = errorOf(() => waiting.slowly())
  const { closed } = await connect(env.SOCKETS.getByName(uniqueName('sockets')), '/hibernating')
  await abortAllDurableObjects()
  expect(await call).toContain('Application called abortAllDurableObjects().')
  expect(await errorOf(() => stub.increment())).toContain('Application called abortAllDurableObjects().')
  expect(await closed).toEqual({
    code: 1006,
    reason: 'WebSocket disconnected without sending Close frame.',
  })
  expect(await count(env.COUNTER.getByName(name))).toEqual({ memory: 1, stored: 2 })
})
