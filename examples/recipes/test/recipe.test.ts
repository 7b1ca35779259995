import { createPagesEventContext, env, waitOnExecutionContext } from 'cloudflare:test'
import { beforeAll, describe, expect, test } from 'vitest'

import { onRequestGet, onRequestPut } from '../functions/api/recipes/[id]'

const read = (id: string, language = 'en') =>
  createPagesEventContext<typeof onRequestGet>({
    request: new Request(`https://recipes.example/api/recipes/${id}`),
    params: { id },
    data: { language },
  })

const write = (id: string, body: unknown) =>
  createPagesEventContext<typeof onRequestPut>({
    request: new Request(`https://recipes.example/api/recipes/${id}`, {
      method: 'PUT',
      body: JSON.stringify(body),
    }),
    params: { id },
    data: { language: 'en' },
  })

test('a recipe that is stored can be read', async () => {
  expect((await onRequestPut(write('soup', { title: 'Soup' }))).status).toBe(201)
  const response = await onRequestGet(read('soup'))
  expect(await response.json()).toEqual({ id: 'soup', title: 'Soup' })
})

test('what the test before stored is gone', async () => {
  const response = await onRequestGet(read('soup'))
  expect([response.status, await response.json()]).toEqual([404, { error: 'no recipe soup' }])
})

test('a recipe without a title is refused', async () => {
  const response = await onRequestPut(write('soup', { title: 5 }))
  expect([response.status, await env.RECIPES.get('soup')]).toEqual([400, null])
})

describe('with a recipe in two languages', () => {
  const views = async (): Promise<number | undefined> =>
    (await env.RECIPES.get<{ views: number }>('bread', 'json'))?.views

  beforeAll(() => env.RECIPES.put('bread', JSON.stringify({ title: { en: 'Bread', de: 'Brot' }, views: 0 })))

  test.each([
    ['en', 'Bread'],
    ['de', 'Brot'],
    ['fr', 'Bread'],
  ])('a visitor who reads %s gets %s', async (language, title) => {
    const response = await onRequestGet(read('bread', language))
    expect(await response.json()).toEqual({ id: 'bread', title })
  })

  test('a view is counted after the answer', async () => {
    const context = read('bread')
    await onRequestGet(context)
    // What the Function left to `waitUntil`.
    await waitOnExecutionContext(context)
    expect(await views()).toBe(1)
  })
})
