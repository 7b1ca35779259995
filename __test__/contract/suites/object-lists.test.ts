// Which objects there are.
import { listDurableObjectIds } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect } from 'vitest'

import { any, contract, errorOf, uniqueName } from '../contract.ts'

const texts = (ids: DurableObjectId[]): string[] => ids.map((id) => id.toString()).sort()

// Each case has a namespace of its own, because the oracle keeps objects until the end of the file.

contract('object-lists: a namespace that nobody has used has no objects', async () => {
  expect(await listDurableObjectIds(env.LEGACY)).toEqual([])
})

contract('object-lists: objects that were used are listed', async () => {
  const stubs = [1, 2, 3].map(() => env.COUNTER.getByName(uniqueName('counter')))
  await Promise.all(stubs.map((stub) => stub.increment()))
  const ids = await listDurableObjectIds(env.COUNTER)
  expect(texts(ids)).toEqual(texts(stubs.map(({ id }) => id)))
  expect(stubs.every((stub) => ids.some((id) => id.equals(stub.id)))).toBe(true)
})

contract('object-lists: an object whose stub was never used is not listed', async () => {
  env.STORE.getByName(uniqueName('store'))
  expect(await listDurableObjectIds(env.STORE)).toEqual([])
})

contract('object-lists: an object that cannot be constructed is listed', async () => {
  const stub = env.THROWING.getByName(uniqueName('throwing'))
  await errorOf(() => stub.hello())
  expect(texts(await listDurableObjectIds(env.THROWING))).toEqual([stub.id.toString()])
})

contract('object-lists: listed ids have no name, and lead to their objects', async () => {
  const name = uniqueName('derived')
  await env.DERIVED.getByName(name).own()
  const [id] = await listDurableObjectIds(env.DERIVED)
  expect(id!.name).toBeUndefined()
  expect(id!.equals(env.DERIVED.idFromName(name))).toBe(true)
})

contract('object-lists: objects of a namespace of the exports are listed', async () => {
  const stub = exports.Unbound.getByName(uniqueName('unbound'))
  await stub.hello()
  expect(texts(await listDurableObjectIds(exports.Unbound))).toEqual([stub.id.toString()])
})

contract('object-lists: listDurableObjectIds() refuses what is no namespace', async () => {
  for (const value of [undefined, null, {}, env.COUNTER.getByName('a')]) {
    expect(await errorOf(() => listDurableObjectIds(any(value)))).toBe(
      "TypeError: Failed to execute 'listDurableObjectIds': parameter 1 is not of type 'DurableObjectNamespace'.",
    )
  }
})
