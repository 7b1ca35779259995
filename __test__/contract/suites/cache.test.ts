// Cache: keys, caches and methods.
import type * as Workers from '@cloudflare/workers-types/index.ts'
import { expect } from 'vitest'

import { cache, FRESH, fresh, newUrl, text } from '../cache.ts'
import { contract, uniqueName } from '../contract.ts'

// The runtime's own constructors: those of Node have the same names in this compilation.
const { caches, Request, Response, URL } = globalThis as unknown as typeof Workers

contract('cache: put() stores and match() finds', async () => {
  const url = newUrl()
  expect(await cache.match(url)).toBeUndefined()
  expect(await cache.put(url, fresh('hello'))).toBeUndefined()
  const response = (await cache.match(url))!
  expect(response).toBeInstanceOf(Response)
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('hello')
  expect(await text(url)).toBe('hello')
})

contract('cache: delete() tells whether there was something', async () => {
  const url = newUrl()
  await cache.put(url, fresh('hello'))
  expect(await cache.delete(url)).toBe(true)
  expect(await cache.match(url)).toBeUndefined()
  expect(await cache.delete(url)).toBe(false)
})

contract('cache: a key is a string, a URL or a request', async () => {
  const url = newUrl()
  await cache.put(new URL(url), fresh('hello'))
  expect(await text(url)).toBe('hello')
  expect(await text(new Request(url))).toBe('hello')
  expect(await (await cache.match(new URL(url)))?.text()).toBe('hello')
  expect(await cache.delete(new Request(url))).toBe(true)
})

contract('cache: http and https differ', async () => {
  const url = newUrl()
  await cache.put(url, fresh('http'))
  const secure = url.replace('http:', 'https:')
  expect(await text(secure)).toBeUndefined()
  await cache.put(secure, fresh('https'))
  expect([await text(url), await text(secure)]).toEqual(['http', 'https'])
  await cache.delete(secure)
  expect([await text(url), await text(secure)]).toEqual(['http', undefined])
})

contract('cache: hosts and ports differ', async () => {
  const path = uniqueName('host')
  await cache.put(`http://a.example/${path}`, fresh('a'))
  expect(await text(`http://b.example/${path}`)).toBeUndefined()
  expect(await text(`http://a.example:8080/${path}`)).toBeUndefined()
  expect(await text(`http://a.example:80/${path}`)).toBe('a')
})

contract('cache: queries differ, in their order too', async () => {
  const url = newUrl()
  await cache.put(`${url}?a=1&b=2`, fresh('query'))
  expect(await text(`${url}?a=1&b=2`)).toBe('query')
  expect(await text(`${url}?b=2&a=1`)).toBeUndefined()
  expect(await text(url)).toBeUndefined()
})

contract('cache: fragments do not count', async () => {
  const url = newUrl()
  await cache.put(`${url}#one`, fresh('hello'))
  expect(await text(url)).toBe('hello')
  expect(await text(`${url}#two`)).toBe('hello')
  expect(await cache.delete(`${url}#three`)).toBe(true)
})

contract('cache: URLs are normalised', async () => {
  const name = uniqueName('normal')
  await cache.put(`http://EXAMPLE.com/x/../${name} é/日?q=ü`, fresh('hello'))
  expect(await text(`http://example.com/${name}%20%C3%A9/%E6%97%A5?q=%C3%BC`)).toBe('hello')
  expect(await text(`http://example.com/${name}%20%c3%a9/%E6%97%A5?q=%C3%BC`)).toBeUndefined()
  expect(await text(`http://example.com//${name}%20%C3%A9/%E6%97%A5?q=%C3%BC`)).toBeUndefined()
})

contract('cache: a Host header does not change the key', async () => {
  const url = newUrl()
  await cache.put(new Request(url, { headers: { host: 'other.example' } }), fresh('hello'))
  expect(await text(url)).toBe('hello')
})

contract('cache: cf.cacheKey replaces the URL', async () => {
  const url = newUrl()
  const cf = { cacheKey: uniqueName('key') }
  await cache.put(new Request(url, { cf }), fresh('hello'))
  expect(await text(url)).toBeUndefined()
  expect(await text(new Request(newUrl(), { cf }))).toBe('hello')
  expect(await cache.delete(new Request(newUrl(), { cf }))).toBe(true)
})

contract('cache: a key is a whole URL without credentials', async () => {
  const message = 'Invalid URL. Cache API keys must be fully-qualified, valid URLs.'
  await expect(cache.match('http://user:password@example.com/')).rejects.toThrow(new TypeError(message))
  await expect(cache.put('http://user:password@example.com/', fresh('x'))).rejects.toThrow(
    new TypeError(message),
  )
  await expect(cache.match('/path')).rejects.toThrow(TypeError)
})

contract('cache: caches are separate', async () => {
  const url = newUrl()
  const [one, other] = [await caches.open(uniqueName('one')), await caches.open(uniqueName('other'))]
  await one.put(url, fresh('one'))
  expect(await text(url, one)).toBe('one')
  expect(await text(url, other)).toBeUndefined()
  expect(await text(url)).toBeUndefined()
  await cache.put(url, fresh('default'))
  expect(await one.delete(url)).toBe(true)
  expect(await text(url, one)).toBeUndefined()
  expect(await text(url)).toBe('default')
})

contract('cache: a name opens the same cache again', async () => {
  const url = newUrl()
  const name = uniqueName('name')
  await (await caches.open(name)).put(url, fresh('hello'))
  expect(await text(url, await caches.open(name))).toBe('hello')
  expect(await text(url, await caches.open(name.toUpperCase()))).toBeUndefined()
})

contract('cache: a name can be any text', async () => {
  const url = newUrl()
  for (const name of ['my cache/é', '日本😀', '%20', 'default', '"\n']) {
    const named = await caches.open(name)
    await named.put(url, fresh(name))
  }
  for (const name of ['my cache/é', '日本😀', '%20', 'default', '"\n']) {
    expect(await text(url, await caches.open(name))).toBe(name)
  }
  expect(await text(url)).toBeUndefined()
})

contract('cache: a name has less than 1024 bytes', async () => {
  await caches.open('n'.repeat(1023))
  await expect(caches.open('n'.repeat(1024))).rejects.toThrow(new TypeError('Cache name is too long.'))
})

contract('cache: match() and delete() know GET only', async () => {
  const url = newUrl()
  await cache.put(url, fresh('hello'))
  for (const method of ['HEAD', 'POST']) {
    expect(await cache.match(new Request(url, { method }))).toBeUndefined()
    expect(await cache.delete(new Request(url, { method }))).toBe(false)
  }
  expect(await text(url)).toBe('hello')
})

contract('cache: ignoreMethod makes every request one for GET', async () => {
  const url = newUrl()
  await cache.put(url, fresh('hello'))
  const post = new Request(url, { method: 'POST', body: 'x' })
  expect(await (await cache.match(post, { ignoreMethod: true }))?.text()).toBe('hello')
  expect(await cache.delete(new Request(url, { method: 'HEAD' }), { ignoreMethod: true })).toBe(true)
  expect(await text(url)).toBeUndefined()
})

contract('cache: put() wants a request for GET', async () => {
  const url = newUrl()
  for (const method of ['HEAD', 'POST']) {
    await expect(cache.put(new Request(url, { method }), fresh('x'))).rejects.toThrow(
      new TypeError('Cannot cache response to non-GET request.'),
    )
  }
  expect(await text(url)).toBeUndefined()
})

contract('cache: put() refuses a partial response', async () => {
  await expect(cache.put(newUrl(), new Response('x', { status: 206, headers: FRESH }))).rejects.toThrow(
    new TypeError('Cannot cache response to a range request (206 Partial Content).'),
  )
})

contract('cache: put() refuses a response that varies by everything', async () => {
  for (const vary of ['*', 'accept, *']) {
    const response = new Response('x', { headers: { ...FRESH, vary } })
    await expect(cache.put(newUrl(), response)).rejects.toThrow(
      new TypeError("Cannot cache response with 'Vary: *' header."),
    )
  }
})

contract('cache: put() refuses an error response', async () => {
  await expect(cache.put(newUrl(), Response.error())).rejects.toThrow(
    new TypeError('Cache is unable to store an error response'),
  )
})

contract('cache: put() uses the body up, and wants one that is not', async () => {
  const url = newUrl()
  const response = fresh('hello')
  await cache.put(url, response)
  expect(response.bodyUsed).toBe(true)
  await expect(cache.put(url, response)).rejects.toThrow(TypeError)
  expect(await text(url)).toBe('hello')
})

contract('cache: other methods of the standard are not implemented', async () => {
  for (const method of ['add', 'addAll', 'keys', 'matchAll']) {
    const call = async () => (cache as unknown as Record<string, (url: string) => unknown>)[method](newUrl())
    await expect(call()).rejects.toThrow(
      `Failed to execute '${method}' on 'Cache': the method is not implemented.`,
    )
  }
})
