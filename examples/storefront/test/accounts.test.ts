// A Worker that trusts its callers by the `props` of their bindings, and returns objects, not only data.
import { env } from 'cloudflare:test'
import { beforeAll, expect, test } from 'vitest'

const ORDER = { sku: 'tea', quantity: 1, charge: 'none' }

let token: string

beforeAll(async () => {
  token = await env.ACCOUNTS.register('Ada')
})

test('signing in returns an object that lives there', async () => {
  using customer = await env.ACCOUNTS.signIn(token)
  expect(await customer.name).toBe('Ada')
  await customer.addOrder(ORDER)
  expect(await customer.orders()).toEqual([ORDER])
})

test('the customer is there for every test, and the order of another one is not', async () => {
  expect(await env.ACCOUNTS.signIn(token).name).toBe('Ada')
  expect(await env.ACCOUNTS.signIn(token).orders()).toEqual([])
})

test('a caller may do what its binding says', async () => {
  using customer = await env.READ_ONLY_ACCOUNTS.signIn(token)
  expect(await customer.orders()).toEqual([])
  await expect(customer.addOrder(ORDER)).rejects.toThrow('newsletter lacks orders:write')
})

test('a token that nobody has is an error, also for calls that build on it', async () => {
  await expect(env.ACCOUNTS.signIn('guess')).rejects.toThrow('nobody has this token')
  await expect(env.ACCOUNTS.signIn('guess').orders()).rejects.toThrow('nobody has this token')
})
