import { createExecutionContext, env, SELF, waitOnExecutionContext } from 'cloudflare:test'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import worker from '../src/index'

const CAT = 'https://gallery.test/cat.png'

const put = (body: BodyInit, headers: HeadersInit = {}) =>
  SELF.fetch(CAT, { method: 'PUT', body, headers: { 'Content-Type': 'image/png', ...headers } })

test('an image comes back as it was stored', async () => {
  const stored = await put('meow')
  expect(stored.status).toBe(201)
  expect(await stored.json()).toEqual({ name: 'cat.png', bytes: 4 })

  const response = await SELF.fetch(CAT)
  expect(response.headers.get('Content-Type')).toBe('image/png')
  expect(response.headers.get('ETag')).toBe(stored.headers.get('ETag'))
  expect(await response.text()).toBe('meow')
})

test('there are no images at first, whatever other tests have stored', async () => {
  expect(await (await SELF.fetch('https://gallery.test/')).json()).toEqual([])
  expect((await SELF.fetch(CAT)).status).toBe(404)
  expect(await env.IMAGES.head('cat.png')).toBeNull()
})

test('a large image is stored in parts', async () => {
  const image = new Uint8Array(12 * 1024 * 1024).fill(7)
  expect((await put(image)).status).toBe(201)
  const object = await env.IMAGES.get('cat.png')
  expect(object?.etag).toMatch(/-3$/)
  expect((await object?.arrayBuffer())?.byteLength).toBe(image.length)
})

test('an image is only replaced by who has seen it', async () => {
  const first = await put('meow')
  expect((await put('purr', { 'If-Match': '"0123"' })).status).toBe(412)
  expect((await put('purr', { 'If-Match': first.headers.get('ETag')! })).status).toBe(201)
  expect(await (await SELF.fetch(CAT)).text()).toBe('purr')
})

describe('with an image', () => {
  // Every test below starts from this, and undoes nothing itself.
  beforeAll(async () => {
    await env.IMAGES.put('cat.png', 'meow meow')
  })
  afterEach(() => vi.useRealTimers())

  test('a range of it can be read', async () => {
    const response = await SELF.fetch(CAT, { headers: { Range: 'bytes=5-8' } })
    expect(response.status).toBe(206)
    expect(response.headers.get('Content-Range')).toBe('bytes 5-8/9')
    expect(await response.text()).toBe('meow')
  })

  test('a browser that has it gets no body', async () => {
    const { httpEtag } = (await env.IMAGES.head('cat.png'))!
    const response = await SELF.fetch(CAT, { headers: { 'If-None-Match': httpEtag } })
    expect(response.status).toBe(304)
  })

  test('it is served from the cache for a minute', async () => {
    vi.useFakeTimers()
    const get = vi.spyOn(env.IMAGES, 'get')
    const visit = async () => {
      const ctx = createExecutionContext()
      const response = await worker.fetch(new Request(CAT) as never, env, ctx)
      expect(await response.text()).toBe('meow meow')
      await waitOnExecutionContext(ctx)
    }
    await visit()
    await visit()
    expect(get).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(61_000)
    await visit()
    expect(get).toHaveBeenCalledTimes(2)
    get.mockRestore()
  })

  test('it can be deleted', async () => {
    expect((await SELF.fetch(CAT, { method: 'DELETE' })).status).toBe(204)
    expect((await SELF.fetch(CAT)).status).toBe(404)
  })

  test('and is there again for the next test', async () => {
    expect((await SELF.fetch(CAT)).status).toBe(200)
  })
})

test('every upload is written down', async () => {
  await put('meow')
  await put('purr')
  const { results } = await env.DB.prepare('SELECT name FROM uploads').all()
  expect(results).toEqual([{ name: 'cat.png' }, { name: 'cat.png' }])
})
