// Another Worker on its own, through the bindings that the storefront has to it.
import { env, SELF } from 'cloudflare:test'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Waitlist } from '../src/waitlist'

afterEach(() => vi.restoreAllMocks())

test('a method of its entrypoint and its Durable Object tell the same', async () => {
  await env.INVENTORY.restock('tea', 3)
  await env.INVENTORY.reserve('tea', 2)
  expect(await env.STOCK.getByName('tea').available()).toBe(1)
})

test('its objects are empty again for the next test', async () => {
  expect(await env.STOCK.getByName('tea').available()).toBe(0)
})

test('an error crosses two Workers with its name and message', async () => {
  const error = await env.INVENTORY.reserve('tea', 2).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'OutOfStock', message: '0 left, 2 wanted', remote: true })
})

describe('with somebody on the waiting list', () => {
  beforeAll(async () => {
    await SELF.fetch('https://shop.example/products/tea/waitlist', {
      method: 'POST',
      body: JSON.stringify({ email: 'ada@example.com' }),
    })
  })

  test('new goods make it call back, once', async () => {
    expect(await env.INVENTORY.restock('tea', 1)).toEqual(['ada@example.com'])
    expect((await env.WAITLIST.list()).keys).toEqual([])
    await env.INVENTORY.reserve('tea', 1)
    expect(await env.INVENTORY.restock('tea', 1)).toEqual([])
  })

  test('more of what is there makes it call nobody', async () => {
    // The callback runs here, in the isolate of the test, and so a spy sees it.
    const restocked = vi.spyOn(Waitlist.prototype, 'restocked')
    await env.INVENTORY.restock('tea', 1)
    await env.INVENTORY.restock('tea', 1)
    expect(restocked).toHaveBeenCalledExactlyOnceWith('tea')
  })

  test('what the callback throws arrives where the goods came from', async () => {
    vi.spyOn(Waitlist.prototype, 'restocked').mockRejectedValue(new RangeError('too many'))
    const error = await env.INVENTORY.restock('tea', 1).catch((error: unknown) => error)
    expect(error).toMatchObject({ name: 'RangeError', message: 'too many' })
  })
})
