// Cache: which responses are stored.
import type * as Workers from '@cloudflare/workers-types/index.ts'
import { expect } from 'vitest'

import { cache, FRESH, fresh, newUrl, text } from '../cache.ts'
import { contract } from '../contract.ts'

// The runtime's own constructors: those of Node have the same names in this compilation.
const { Request, Response } = globalThis as unknown as typeof Workers

/** Whether a response with these headers, put with a request with those, is found afterwards. */
async function isStored(
  headers: Record<string, string>,
  { status = 200, request = {} }: { status?: number; request?: Record<string, string> } = {},
): Promise<boolean> {
  const url = newUrl()
  const body = status === 204 ? null : 'body'
  await cache.put(new Request(url, { headers: request }), new Response(body, { status, headers }))
  const response = await cache.match(url)
  await response?.arrayBuffer()
  return response !== undefined
}

function fromNow(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toUTCString()
}

contract('cache: which statuses are stored', async () => {
  const statuses = [
    200, 201, 202, 203, 204, 300, 301, 302, 307, 308, 400, 401, 403, 404, 405, 410, 414, 418, 429, 500, 501,
    502, 503,
  ]
  const stored = await Promise.all(statuses.map((status) => isStored(FRESH, { status })))
  expect(statuses.filter((_, index) => stored[index])).toEqual([
    200, 203, 300, 301, 302, 307, 308, 404, 405, 410, 414, 501,
  ])
})

contract('cache: a response that says nothing of its freshness is not stored', async () => {
  expect(await isStored({})).toBe(false)
  expect(await isStored({ etag: '"a"' })).toBe(false)
  expect(await isStored({ 'cache-control': 'public' })).toBe(false)
})

contract('cache: max-age and s-maxage make a response fresh', async () => {
  expect(await isStored({ 'cache-control': 'max-age=60' })).toBe(true)
  expect(await isStored({ 'cache-control': 's-maxage=60' })).toBe(true)
  expect(await isStored({ 'cache-control': 'public, max-age=60' })).toBe(true)
  expect(await isStored({ 'cache-control': 'max-age=60, must-revalidate' })).toBe(true)
  expect(await isStored({ 'cache-control': 'max-age=0' })).toBe(false)
})

contract('cache: s-maxage wins over max-age, and max-age over Expires', async () => {
  expect(await isStored({ 'cache-control': 'max-age=0, s-maxage=60' })).toBe(true)
  expect(await isStored({ 'cache-control': 'max-age=60, s-maxage=0' })).toBe(false)
  expect(await isStored({ 'cache-control': 'max-age=60', expires: fromNow(-60) })).toBe(true)
  expect(await isStored({ 'cache-control': 'max-age=0', expires: fromNow(60) })).toBe(false)
})

contract('cache: Expires makes a response fresh until then', async () => {
  expect(await isStored({ expires: fromNow(60) })).toBe(true)
  expect(await isStored({ expires: fromNow(-60) })).toBe(false)
  expect(await isStored({ expires: '0' })).toBe(false)
  expect(await isStored({ expires: 'soon' })).toBe(false)
})

contract('cache: an old Last-Modified makes a response fresh for a while', async () => {
  const headers = { 'last-modified': fromNow(-100 * 86_400) }
  expect(await isStored(headers)).toBe(true)
  expect(await isStored({ 'last-modified': 'once' })).toBe(false)
  const statuses = [200, 203, 301, 302, 404, 410]
  const stored = await Promise.all(statuses.map((status) => isStored(headers, { status })))
  expect(statuses.filter((_, index) => stored[index])).toEqual([200, 203, 301, 404, 410])
})

contract('cache: no-store, no-cache and private are not found again', async () => {
  for (const directive of ['no-store', 'no-cache', 'private']) {
    expect(await isStored({ 'cache-control': directive })).toBe(false)
    expect(await isStored({ 'cache-control': `${directive}, max-age=60` })).toBe(false)
  }
})

contract('cache: a response that sets a cookie is not stored', async () => {
  expect(await isStored({ ...FRESH, 'set-cookie': 'a=b' })).toBe(false)
})

contract('cache: private=Set-Cookie stores a response without its cookies', async () => {
  const url = newUrl()
  for (const name of ['Set-Cookie', 'set-cookie']) {
    const headers = { 'cache-control': `private=${name}, max-age=60`, 'set-cookie': 'a=b', 'x-other': 'c' }
    await cache.put(url, new Response(name, { headers }))
    const response = (await cache.match(url))!
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(response.headers.get('x-other')).toBe('c')
    expect(await response.text()).toBe(name)
  }
})

contract('cache: the answer to a request with Authorization is stored if it is allowed', async () => {
  const request = { authorization: 'Bearer token' }
  expect(await isStored({ 'cache-control': 'max-age=60' }, { request })).toBe(false)
  expect(await isStored({ 'cache-control': 'public, max-age=60' }, { request })).toBe(true)
  expect(await isStored({ 'cache-control': 's-maxage=60' }, { request })).toBe(true)
  expect(await isStored({ 'cache-control': 'must-revalidate, max-age=60' }, { request })).toBe(true)
})

contract('cache: Cache-Control of a request does not matter', async () => {
  const url = newUrl()
  for (const directive of ['no-store', 'no-cache', 'max-age=0']) {
    const request = { 'cache-control': directive }
    expect(await isStored(FRESH, { request })).toBe(true)
    await cache.put(url, fresh('hello'))
    expect(await text(new Request(url, { headers: request }))).toBe('hello')
  }
})

contract('cache: what a response varies by does not matter', async () => {
  const url = newUrl()
  const response = new Response('hello', { headers: { ...FRESH, vary: 'accept, accept-encoding' } })
  await cache.put(new Request(url, { headers: { accept: 'text/plain' } }), response)
  const hit = (await cache.match(new Request(url, { headers: { accept: 'text/html' } })))!
  expect(hit.headers.get('vary')).toBe('accept, accept-encoding')
  expect(await hit.text()).toBe('hello')
})

contract('cache: a response that is older than it may be is not found', async () => {
  expect(await isStored({ ...FRESH, age: '30' })).toBe(true)
  expect(await isStored({ ...FRESH, age: '61' })).toBe(false)
})

contract('cache: a put replaces everything of the one before', async () => {
  const url = newUrl()
  await cache.put(url, new Response('a longer body', { status: 404, headers: { ...FRESH, 'x-first': '1' } }))
  await cache.put(url, new Response('short', { headers: { ...FRESH, 'x-second': '2' } }))
  const response = (await cache.match(url))!
  expect(response.status).toBe(200)
  expect([response.headers.get('x-first'), response.headers.get('x-second')]).toEqual([null, '2'])
  expect(await response.text()).toBe('short')
})

contract('cache: a put that is refused leaves what was stored', async () => {
  const url = newUrl()
  await cache.put(url, fresh('first'))
  await cache.put(url, new Response('second', { headers: { 'cache-control': 'no-store' } }))
  await cache.put(url, new Response('third', { status: 500, headers: FRESH }))
  await cache.put(url, new Response(null, { status: 304, headers: FRESH }))
  expect(await text(url)).toBe('first')
})

contract('cache: puts at the same time leave one of the responses', async () => {
  const url = newUrl()
  const values = Array.from({ length: 8 }, (_, index) => `value ${index}`)
  await Promise.all(values.map((value) => cache.put(url, fresh(value))))
  expect(values).toContain(await text(url))
})
