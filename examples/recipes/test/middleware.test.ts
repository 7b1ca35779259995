import { createPagesEventContext, env } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { onRequest } from '../functions/_middleware'

const contextOf = (next: (request: Request) => Response | Promise<Response>, headers?: HeadersInit) =>
  createPagesEventContext<typeof onRequest>({
    request: new Request('https://recipes.example/', headers && { headers }),
    next,
    data: {},
  })

test.each([
  ['de-AT,de;q=0.9', 'de'],
  ['fr', 'fr'],
  [undefined, 'en'],
])('accept-language %s means %s', async (header, language) => {
  const context = contextOf(() => new Response('ok'), header ? { 'accept-language': header } : undefined)
  const response = await onRequest(context)
  expect(context.data.language).toBe(language)
  expect(response.headers.get('vary')).toBe('accept-language')
})

test('what comes next may be the files', async () => {
  const response = await onRequest(contextOf((request) => env.ASSETS.fetch(request)))
  expect(await response.text()).toBe('<h1>Recipes</h1>\n')
})

test('what a Function throws is an answer', async () => {
  const response = await onRequest(
    contextOf(() => {
      throw new Error('the oven is off')
    }),
  )
  expect([response.status, await response.json()]).toEqual([500, { error: 'the oven is off' }])
})
