// Calls that arrive while `main` is loading. Nothing here may import it, or `cloudflare:test`, which does.
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'
import { connect } from '../sockets.ts'

// The first case is the one that finds `main` not loaded; with one case alone, that is certain.
contract('slow-main: calls and messages of sockets wait for it, and keep their order', async () => {
  const numbers = Array.from({ length: 20 }, (_, index) => index)
  const sequence = env.SEQUENCE.getByName(uniqueName('sequence'))
  const calls = Promise.all(numbers.map((number) => sequence.push(number)))
  const sockets = env.SOCKETS.getByName(uniqueName('sockets'))
  const { socket, next } = await connect(sockets, '/hibernating')
  for (const number of numbers) socket.send(String(number))
  await calls
  expect(await sequence.all()).toEqual(numbers)
  for (const number of numbers) expect(await next()).toBe(`seen ${number + 1}: ${number}`)
})
