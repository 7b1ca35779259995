import { env } from 'cloudflare:test'
import { expect, test } from 'vitest'

const get = (path: string): Promise<Response> =>
  env.ASSETS.fetch(`https://recipes.example${path}`, { redirect: 'manual' })

test.each([
  ['/', 200, '<h1>Recipes</h1>\n'],
  ['/about', 200, '<h1>About us</h1>\n'],
  ['/nowhere', 404, '<h1>Not in the book</h1>\n'],
])('%s is %i', async (path, status, text) => {
  const response = await get(path)
  expect([response.status, await response.text()]).toEqual([status, text])
  expect(response.headers.get('x-frame-options')).toBe('DENY')
})

test.each([
  ['/home', 301, '/'],
  ['/recipes/soup', 302, '/api/recipes/soup'],
  ['/about.html', 308, '/about'],
])('%s leads with %i to %s', async (path, status, target) => {
  const response = await get(path)
  expect([response.status, response.headers.get('location')]).toEqual([status, target])
})
