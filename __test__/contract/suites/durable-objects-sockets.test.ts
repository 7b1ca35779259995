// WebSockets of objects.
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'
import { connect } from '../sockets.ts'

contract('durable-objects: a hibernating socket has tags, an attachment and its identity', async () => {
  const stub = env.SOCKETS.getByName(uniqueName('sockets'))
  const { socket, next } = await connect(stub, '/hibernating?tag=a&tag=b')
  for (const message of ['identity', 'tags', 'attachment']) socket.send(message)
  expect(await next()).toBe('true')
  expect(await next()).toBe('["a","b"]')
  expect(await next()).toBe('{"tags":["a","b"]}')
})

contract('durable-objects: an object sends to the sockets with a tag', async () => {
  const stub = env.SOCKETS.getByName(uniqueName('sockets'))
  const [one, other] = [await connect(stub, '/hibernating?tag=a'), await connect(stub, '/hibernating?tag=b')]
  expect(await stub.broadcast('a', 'to a')).toBe(1)
  expect(await stub.broadcast('b', 'to b')).toBe(1)
  expect(await one.next()).toBe('to a')
  expect(await other.next()).toBe('to b')
})

contract('durable-objects: the runtime answers for a hibernating socket', async () => {
  const stub = env.SOCKETS.getByName(uniqueName('sockets'))
  await stub.answerPings()
  const { socket, next } = await connect(stub, '/hibernating')
  socket.send('ping')
  expect(await next()).toBe('pong')
  expect(await stub.all()).toEqual([])
})

contract('durable-objects: messages that are sent at once arrive in order', async () => {
  const stub = env.SOCKETS.getByName(uniqueName('sockets'))
  const { socket, next } = await connect(stub, '/hibernating')
  const messages = Array.from({ length: 50 }, (_, index) => `message ${index}`)
  for (const message of messages) socket.send(message)
  for (const [index, message] of messages.entries())
    expect(await next()).toBe(`seen ${index + 1}: ${message}`)
  expect(await stub.all()).toEqual(messages)
})

contract('durable-objects: a hibernating socket is closed by the client', async () => {
  const stub = env.SOCKETS.getByName(uniqueName('sockets'))
  const { socket, closed } = await connect(stub, '/hibernating')
  socket.close(4000, 'done')
  expect(await closed).toEqual({ code: 4000, reason: 'done' })
  expect(await stub.all()).toEqual(['closed 4000 done true'])
})

contract('durable-objects: a class without handlers of sockets ignores their messages', async () => {
  const stub = env.DEAF.getByName(uniqueName('deaf'))
  const { socket, next } = await connect(stub, '/')
  socket.send('is anybody there?')
  await stub.say('nobody')
  expect(await next()).toBe('nobody')
})

contract('durable-objects: an accepted socket is closed by the client', async () => {
  const stub = env.SOCKETS.getByName(uniqueName('sockets'))
  const { socket, next, closed } = await connect(stub, '/accepted')
  socket.send('hello')
  expect(await next()).toBe('echo hello')
  socket.close(4000, 'done')
  expect((await closed).code).toBe(4000)
  expect(await stub.all()).toEqual(['closed 4000 done'])
})

contract('durable-objects: an accepted socket is closed by the object', async () => {
  const stub = env.SOCKETS.getByName(uniqueName('sockets'))
  const { closed } = await connect(stub, '/closing')
  expect(await closed).toEqual({ code: 4001, reason: 'enough' })
})

for (const kind of ['hibernating', 'accepted']) {
  contract(`durable-objects: a socket may stay open at the end: ${kind}`, async () => {
    const stub = env.SOCKETS.getByName(uniqueName('sockets'))
    const { socket, next } = await connect(stub, `/${kind}`)
    socket.send('hello')
    expect(await next()).toMatch(/hello$/)
  })
}
