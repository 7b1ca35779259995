// The whole way: requests to the storefront, which calls both other Workers and the payment service.
import { env, SELF } from 'cloudflare:test'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'

const ORDERS = 'https://shop.example/orders'

let token: string

// The other Workers store this. Each test starts from it, whatever was sold and ordered before.
beforeAll(async () => {
  token = await env.ACCOUNTS.register('Ada')
  await env.INVENTORY.restock('tea', 5)
})

afterEach(() => vi.restoreAllMocks())

function order(quantity: number, card = 'valid', bearer = token): Promise<Response> {
  const headers = { authorization: `Bearer ${bearer}` }
  return SELF.fetch(ORDERS, { method: 'POST', headers, body: JSON.stringify({ sku: 'tea', quantity, card }) })
}

async function available(): Promise<number> {
  const response = await SELF.fetch('https://shop.example/products/tea')
  return (await response.json<{ available: number }>()).available
}

async function orders(): Promise<unknown> {
  return (await SELF.fetch(ORDERS, { headers: { authorization: `Bearer ${token}` } })).json()
}

test('an order is paid, and both other Workers know of it', async () => {
  const response = await order(2)
  expect(response.status).toBe(201)
  const placed = { sku: 'tea', quantity: 2, charge: 'charge of 500 cents' }
  expect(await response.json()).toEqual(placed)
  expect(await available()).toBe(3)
  expect(await orders()).toEqual([placed])
})

test('another test can buy everything, since the first order never was', async () => {
  expect(await orders()).toEqual([])
  expect((await order(5)).status).toBe(201)
  expect(await available()).toBe(0)
})

test('no more is sold than there is, however many ask at once', async () => {
  const responses = await Promise.all(Array.from({ length: 7 }, () => order(1)))
  expect(responses.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 201, 409, 409])
})

describe('an order that is refused leaves nothing behind', () => {
  afterEach(async () => {
    expect(await available()).toBe(5)
    expect(await orders()).toEqual([])
  })

  test.each([
    [401, 'nobody has this token', () => order(1, 'valid', 'guess')],
    [409, '5 left, 6 wanted', () => order(6)],
    [402, 'the card was declined', () => order(1, 'declined')],
    [502, 'payments are not possible at the moment', () => order(1, 'outage')],
  ])('%i: %s', async (status, error, request) => {
    const response = await request()
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ error })
  })

  test('502: one test can have its own payment service', async () => {
    const fetch = vi
      .spyOn(env.PAYMENTS, 'fetch')
      .mockImplementation(async () => new Response('?', { status: 418 }))
    expect((await order(1)).status).toBe(502)
    expect(fetch).toHaveBeenCalledOnce()
  })
})
