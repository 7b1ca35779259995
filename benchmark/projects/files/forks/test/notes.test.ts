import { describe, expect, it } from 'vitest'

import worker, { Counter } from '../src/index.ts'
import type { Env } from '../src/index.ts'

const env: Env = { NOTES: new Map(), COUNTER: new Counter() }
const send = (url: string, init?: RequestInit): Promise<Response> => worker.fetch(new Request(url, init), env)

describe('objects', () => {
  it('keeps a value in a map', () => {
    expect(env.NOTES.get('direct')).toBe(undefined)
    env.NOTES.set('direct', 'from the test')
    expect(env.NOTES.get('direct')).toBe('from the test')
  })

  it('counts', async () => {
    expect(await env.COUNTER.increment('a')).toBe(1)
    expect(await env.COUNTER.increment('a')).toBe(2)
    expect(await env.COUNTER.increment('b')).toBe(1)
  })
})

describe('the handler', () => {
  it('stores a note', async () => {
    const url = 'https://example.com/notes/stored'
    expect((await send(url)).status).toBe(404)
    expect((await send(url, { method: 'PUT', body: 'hello' })).status).toBe(204)
    expect(await (await send(url)).text()).toBe('hello')
  })

  it('counts visits', async () => {
    const url = 'https://example.com/counts/home'
    expect(await (await send(url)).json()).toEqual({ count: 1 })
    expect(await (await send(url)).json()).toEqual({ count: 2 })
  })

  it('answers 404 to anything else', async () => {
    const response = await send('https://example.com/elsewhere')
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('Not found')
  })
})
