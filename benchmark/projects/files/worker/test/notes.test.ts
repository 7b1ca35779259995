import { env, SELF } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'

describe('bindings', () => {
  it('keeps a value in KV', async () => {
    expect(await env.NOTES.get('direct')).toBe(null)
    await env.NOTES.put('direct', 'from the test')
    expect(await env.NOTES.get('direct')).toBe('from the test')
  })

  it('counts in the SQL of a Durable Object', async () => {
    const counter = env.COUNTER.get(env.COUNTER.idFromName('direct'))
    expect(await counter.increment('a')).toBe(1)
    expect(await counter.increment('a')).toBe(2)
    expect(await counter.increment('b')).toBe(1)
  })
})

describe('the Worker', () => {
  it('stores a note', async () => {
    const url = 'https://example.com/notes/stored'
    expect((await SELF.fetch(url)).status).toBe(404)
    expect((await SELF.fetch(url, { method: 'PUT', body: 'hello' })).status).toBe(204)
    expect(await (await SELF.fetch(url)).text()).toBe('hello')
  })

  it('counts visits', async () => {
    const url = 'https://example.com/counts/home'
    expect(await (await SELF.fetch(url)).json()).toEqual({ count: 1 })
    expect(await (await SELF.fetch(url)).json()).toEqual({ count: 2 })
  })

  it('answers 404 to anything else', async () => {
    const response = await SELF.fetch('https://example.com/elsewhere')
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('Not found')
  })
})
