// Whether a case leaves a rejection that nobody observes shows in the whole run, which then fails.
import { SELF } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect, vi } from 'vitest'

import { contract } from '../contract.ts'
import type { Loose } from '../workers/loose.ts'

const self = SELF as Loose
const room = env['ROOM'].getByName('room')

contract('unobserved: SELF has methods and getters', async () => {
  expect(await self.double(4)).toBe(8)
  expect(await self.value).toBe(7)
})

contract('unobserved: an error of a handler that the test expects is no other', async () => {
  for (const path of ['/', '/later']) {
    await expect(self.fetch(`http://example.com${path}`)).rejects.toThrow('no answer')
  }
})

contract('unobserved: an error of a call that the test expects is no other', async () => {
  await expect(self.fail()).rejects.toThrow('no result')
  await expect(self.failLater()).rejects.toThrow(RangeError)
  await expect(() => self.failLater()).rejects.toThrow('no result')
  await expect(room.fail()).rejects.toThrow('the room is full')
  await expect(room.failLater()).rejects.toThrow('the room is full')
  const caught = await self.fail().catch((error: unknown) => error)
  expect(caught).toBeInstanceOf(RangeError)
})

contract('unobserved: an error of the first call of a chain is one of its last', async () => {
  await expect(self.fail().anything.deeper).rejects.toThrow('no result')
  await expect(self.failLater().anything().deeper()).rejects.toThrow('no result')
  await expect(room.failLater().anything()).rejects.toThrow('the room is full')
})

contract('unobserved: bindings can be compared and printed', () => {
  for (const stub of [self, room, self.value, exports.notAClass]) {
    expect(stub).toBeDefined()
    expect(stub).toEqual(stub)
    expect(stub).not.toEqual({ a: 1 })
    expect({ stub }).not.toMatchObject({ stub: { a: 1 } })
    expect(String(stub)).toContain('[object')
    expect(`${JSON.stringify({ stub })}`).toContain('{')
    const callback = vi.fn()
    callback(stub)
    expect(callback).toHaveBeenCalledWith(stub)
    // An assertion that fails prints what it compared.
    expect(() => expect(stub).toEqual({ a: 1 })).toThrow()
    expect(() => expect(stub).toBe(5)).toThrow()
    expect(() => expect({ stub }).toBeUndefined()).toThrow()
    expect(() => expect(callback).toHaveBeenCalledWith(5)).toThrow()
  }
})
