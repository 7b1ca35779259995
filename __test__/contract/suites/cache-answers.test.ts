// Cache: what a hit looks like, conditional requests and ranges.
import type * as Workers from '@cloudflare/workers-types/index.ts'
import { expect } from 'vitest'

import { cache, FRESH } from '../cache.ts'
import { contract, uniqueName } from '../contract.ts'

// The runtime's own constructors: those of Node have the same names in this compilation.
const { Headers, ReadableStream, Request, Response } = globalThis as unknown as typeof Workers

const LAST_MODIFIED = 'Wed, 21 Oct 2020 07:28:00 GMT'
const ENTRY = { ...FRESH, 'content-type': 'text/plain', etag: '"e1"', 'last-modified': LAST_MODIFIED }

/** Stores a response and asks for it. */
async function hit(
  response: Workers.Response,
  headers: Record<string, string> = {},
): Promise<Workers.Response> {
  const url = `http://example.com/${uniqueName('answer')}`
  await cache.put(url, response)
  return (await cache.match(new Request(url, { headers })))!
}

/** Asks for a response of six bytes with a validator of either kind. */
function ask(
  headers: Record<string, string>,
  entry: Record<string, string> = ENTRY,
): Promise<Workers.Response> {
  return hit(new Response('012345', { headers: entry }), headers)
}

async function statusOf(headers: Record<string, string>, entry?: Record<string, string>): Promise<number> {
  const response = await ask(headers, entry)
  await response.arrayBuffer()
  return response.status
}

contract('cache: a hit has the headers that were stored, and says that it is one', async () => {
  const headers = { ...ENTRY, 'x-other': 'value', 'content-language': 'de' }
  const response = await hit(new Response('hello', { headers }))
  expect(Object.fromEntries(response.headers)).toMatchObject({
    ...headers,
    'cf-cache-status': 'HIT',
    'content-length': '5',
  })
  expect(response.headers.get('age')).toMatch(/^\d$/)
})

contract('cache: a hit has no headers of a connection', async () => {
  const headers = {
    ...FRESH,
    connection: 'close',
    'keep-alive': 'timeout=5',
    'transfer-encoding': 'chunked',
    te: 'trailers',
    trailer: 'x-other',
    upgrade: 'h2c',
  }
  const response = await hit(new Response('hello', { headers }))
  expect([...response.headers.keys()].filter((name) => name in headers)).toEqual(['cache-control'])
  expect(await response.text()).toBe('hello')
})

contract('cache: a hit of a stream of unknown length has no transfer-encoding', async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('hello'))
      controller.close()
    },
  })
  const response = await hit(new Response(body, { headers: FRESH }))
  expect(response.headers.get('transfer-encoding')).toBeNull()
  expect(await response.text()).toBe('hello')
})

contract('cache: a stored cf-cache-status is replaced', async () => {
  const response = await hit(new Response('x', { headers: { ...FRESH, 'cf-cache-status': 'MISS' } }))
  expect(response.headers.get('cf-cache-status')).toBe('HIT')
})

contract('cache: the age of a hit counts from the age that was stored', async () => {
  const response = await hit(new Response('x', { headers: { ...FRESH, age: '10' } }))
  expect(Number(response.headers.get('age'))).toBeGreaterThanOrEqual(10)
  expect(Number(response.headers.get('age'))).toBeLessThan(20)
})

contract('cache: headers that are repeated are kept', async () => {
  const headers = new Headers(FRESH)
  headers.append('link', '<a>; rel=preload')
  headers.append('link', '<b>; rel=preload')
  headers.append('x-empty', '')
  const response = await hit(new Response('x', { headers }))
  expect(response.headers.get('link')).toBe('<a>; rel=preload, <b>; rel=preload')
  expect(response.headers.get('x-empty')).toBe('')
})

contract('cache: the status of a hit is the one that was stored', async () => {
  const response = await hit(new Response('nothing here', { status: 404, headers: FRESH }))
  expect([response.status, response.ok, response.statusText]).toEqual([404, false, 'Not Found'])
  expect(await response.text()).toBe('nothing here')
})

contract('cache: a redirect is found and not followed', async () => {
  const headers = { ...FRESH, location: 'http://example.com/elsewhere' }
  const response = await hit(new Response(null, { status: 301, headers }))
  expect([response.status, response.headers.get('location')]).toEqual([301, headers.location])
})

contract('cache: statusText is kept', async () => {
  const response = await hit(new Response('x', { statusText: 'Quite Fine', headers: FRESH }))
  expect(response.statusText).toBe('Quite Fine')
})

contract('cache: headers of a hit cannot be changed, those of a copy can', async () => {
  const response = await hit(new Response('hello', { headers: FRESH }))
  expect(() => response.headers.set('x-other', 'value')).toThrow(
    new TypeError("Can't modify immutable headers."),
  )
  const copy = new Response(response.body, response)
  copy.headers.set('x-other', 'value')
  expect(await copy.text()).toBe('hello')
})

contract('cache: If-None-Match with the etag is answered with 304', async () => {
  const response = await ask({ 'if-none-match': '"e1"' })
  expect(response.status).toBe(304)
  expect(response.headers.get('etag')).toBe('"e1"')
  expect(response.headers.get('cf-cache-status')).toBe('HIT')
  expect(response.body).toBeNull()
})

contract('cache: If-None-Match may be a list or an asterisk', async () => {
  expect(await statusOf({ 'if-none-match': '"other", "e1"' })).toBe(304)
  expect(await statusOf({ 'if-none-match': '"other","e1","another"' })).toBe(304)
  expect(await statusOf({ 'if-none-match': '*' })).toBe(304)
})

contract('cache: If-None-Match compares weakly', async () => {
  expect(await statusOf({ 'if-none-match': 'W/"e1"' })).toBe(304)
  expect(await statusOf({ 'if-none-match': '"e1"' }, { ...ENTRY, etag: 'W/"e1"' })).toBe(304)
})

contract('cache: If-None-Match with other etags is answered with the response', async () => {
  expect(await statusOf({ 'if-none-match': '"other"' })).toBe(200)
  expect(await statusOf({ 'if-none-match': '"other", "e11", "e"' })).toBe(200)
  expect(await statusOf({ 'if-none-match': 'e1' })).toBe(200)
  expect(await statusOf({ 'if-none-match': '"e1"' }, FRESH)).toBe(200)
})

contract('cache: If-Modified-Since is compared with Last-Modified', async () => {
  expect(await statusOf({ 'if-modified-since': LAST_MODIFIED })).toBe(304)
  expect(await statusOf({ 'if-modified-since': 'Thu, 22 Oct 2020 07:28:00 GMT' })).toBe(304)
  expect(await statusOf({ 'if-modified-since': 'Wed, 21 Oct 2020 07:27:59 GMT' })).toBe(200)
})

contract('cache: If-Modified-Since that is no date, or without Last-Modified, is ignored', async () => {
  expect(await statusOf({ 'if-modified-since': 'soon' })).toBe(200)
  expect(await statusOf({ 'if-modified-since': LAST_MODIFIED }, FRESH)).toBe(200)
})

contract('cache: If-Match and If-Unmodified-Since are ignored', async () => {
  expect(await statusOf({ 'if-match': '"other"' })).toBe(200)
  expect(await statusOf({ 'if-unmodified-since': 'Wed, 21 Oct 2015 07:28:00 GMT' })).toBe(200)
})

contract('cache: a range is answered with 206', async () => {
  const ranges: [range: string, contentRange: string, text: string][] = [
    ['bytes=1-2', 'bytes 1-2/6', '12'],
    ['bytes=0-0', 'bytes 0-0/6', '0'],
    ['bytes=4-', 'bytes 4-5/6', '45'],
    ['bytes=-2', 'bytes 4-5/6', '45'],
    ['bytes=4-20', 'bytes 4-5/6', '45'],
  ]
  for (const [range, contentRange, text] of ranges) {
    const response = await ask({ range })
    expect(response.status).toBe(206)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-range': contentRange,
      'content-length': String(text.length),
      'content-type': 'text/plain',
      'cf-cache-status': 'HIT',
      etag: '"e1"',
    })
    expect(await response.text()).toBe(text)
  }
})

contract('cache: a range of a response whose length was unknown', async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('012345'))
      controller.close()
    },
  })
  const response = await hit(new Response(body, { headers: FRESH }), { range: 'bytes=1-2' })
  expect([response.status, response.headers.get('content-range')]).toEqual([206, 'bytes 1-2/6'])
  expect(await response.text()).toBe('12')
})

contract('cache: several ranges are answered with several parts', async () => {
  const response = await ask({ range: 'bytes=1-2,4-5' })
  expect(response.status).toBe(206)
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(response.headers.get('content-type')!)![1]
  const body = new TextDecoder().decode(await response.arrayBuffer())
  const parts = body.split(`--${boundary}`).slice(1, -1)
  expect(parts).toHaveLength(2)
  expect(parts[0]).toContain('Content-Range: bytes 1-2/6\r\n')
  expect(parts[0]).toMatch(/\r\n\r\n12\r\n$/)
  expect(parts[1]).toContain('Content-Range: bytes 4-5/6\r\n')
  expect(parts[1]).toMatch(/\r\n\r\n45\r\n$/)
  expect(body).toMatch(/--\s*$/)
})

contract('cache: the length of several parts is not that of the response', async () => {
  const response = await ask({ range: 'bytes=1-2,4-5' })
  const length = response.headers.get('content-length')
  const { byteLength } = await response.arrayBuffer()
  expect(length === null || Number(length) === byteLength).toBe(true)
})

contract('cache: a range that cannot be satisfied is answered with 416', async () => {
  for (const range of ['bytes=6-', 'bytes=10-20']) {
    const response = await ask({ range })
    expect(response.status).toBe(416)
    expect(response.headers.get('content-range')).toBe('bytes */6')
    expect(response.headers.get('cf-cache-status')).toBe('HIT')
    expect(await response.text()).toBe('')
  }
})

contract('cache: a range that is not understood is answered with 416', async () => {
  expect(await statusOf({ range: 'bytes=a' })).toBe(416)
  expect(await statusOf({ range: 'bytes=2-1' })).toBe(416)
})

contract('cache: a condition that is met goes before a range', async () => {
  expect(await statusOf({ range: 'bytes=1-2', 'if-none-match': '"e1"' })).toBe(304)
  expect(await statusOf({ range: 'bytes=1-2', 'if-none-match': '"other"' })).toBe(206)
  expect(await statusOf({ range: 'bytes=10-', 'if-none-match': '"e1"' })).toBe(416)
})
