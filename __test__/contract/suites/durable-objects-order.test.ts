// Calls that are made without waiting begin in the order in which they were made.
import { env, exports } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract, uniqueName } from '../contract.ts'

const COUNT = 100

const numbers = Array.from({ length: COUNT }, (_, index) => index)

contract('durable-objects: calls begin in order in an object that is starting', async () => {
  const stub = env.SEQUENCE.getByName(uniqueName('sequence'))
  await Promise.all(numbers.map((number) => stub.push(number)))
  expect(await stub.all()).toEqual(numbers)
})

contract('durable-objects: calls begin in order in an object that runs', async () => {
  const stub = env.SEQUENCE.getByName(uniqueName('sequence'))
  await stub.push(-1)
  await Promise.all(numbers.map((number) => stub.push(number)))
  expect(await stub.all()).toEqual([-1, ...numbers])
})

contract('durable-objects: calls of an entrypoint begin in order', async () => {
  expect(await exports.Gateway.pushAll(uniqueName('sequence'), COUNT)).toEqual(numbers)
})

contract('durable-objects: calls of another object begin in order', async () => {
  const caller = env.CALLER.getByName(uniqueName('caller'))
  expect(await caller.pushAll(uniqueName('sequence'), COUNT)).toEqual(numbers)
})

contract('durable-objects: requests begin in order, and calls among them', async () => {
  const stub = env.SEQUENCE.getByName(uniqueName('sequence'))
  const calls = numbers.map(async (number) => {
    if (number % 2 === 0) await stub.push(number)
    else await (await stub.fetch(`http://sequence/${number}`)).text()
  })
  await Promise.all(calls)
  // The runtime takes both ways at once, and promises nothing about one of each.
  const begun = await stub.all()
  expect(begun.filter((number) => number % 2 === 0)).toEqual(numbers.filter((number) => number % 2 === 0))
  expect(begun.filter((number) => number % 2 === 1)).toEqual(numbers.filter((number) => number % 2 === 1))
})

contract('durable-objects: calls end in an order of their own', async () => {
  const stub = env.SEQUENCE.getByName(uniqueName('sequence'))
  expect(await Promise.all([stub.slowly(), stub.slowly(), stub.quickly()])).toEqual([2, 3, 1])
})
