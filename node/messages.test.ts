import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

import { decode, encode } from '../shared/codec/index.ts'
import { MessageStream } from './messages.ts'

const folder = mkdtempSync(join(tmpdir(), 'vpw-messages-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What the isolate gets as the answer to a call that it made. */
function answer(method: string, result: unknown): unknown {
  const stream = new MessageStream()
  stream.decode(encode({ t: 'q', m: method, a: [], i: '1' }))
  return (decode(stream.encode({ t: 's', i: '1', r: result })) as { r: unknown }).r
}

function cacheFile(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const module = { id: '/a.ts', url: '/a.ts', file: '/a.ts', invalidate: false }

describe('modules in cache files arrive with their code', () => {
  test('up to 5.1.0 and in 4.1, with the map inside', () => {
    const code = 'export {}\n//# sourceMappingURL=data:application/json;base64,e30='
    const tmp = cacheFile('a', code)
    expect(answer('fetch', { ...module, cached: true, tmp })).toEqual({ ...module, code })
  })

  test('from 5.1.1 on, with the map behind a separator', () => {
    const tmp = cacheFile('b', 'export {}\n//# vitestSourceMap={"version":3}')
    const expected = { ...module, code: 'export {}', sourceMap: '{"version":3}' }
    expect(answer('fetch', { ...module, cached: true, tmp })).toEqual(expected)
  })

  test('the last separator counts', () => {
    const tmp = cacheFile('c', 'const a = `\n//# vitestSourceMap=`\n//# vitestSourceMap=')
    const expected = { ...module, code: 'const a = `\n//# vitestSourceMap=`', sourceMap: undefined }
    expect(answer('fetch', { ...module, cached: true, tmp })).toEqual(expected)
  })

  test('also many at once, without those that are gone', () => {
    const entry = { ...module, cached: true, tmp: cacheFile('d', 'export {}') }
    const gone = { ...module, cached: true, tmp: join(folder, 'gone') }
    const result = answer('fetchWarmModules', { '/a.ts': entry, 'file:///a.ts': entry, '/gone.ts': gone })
    expect(result).toEqual({
      '/a.ts': { ...module, code: 'export {}' },
      'file:///a.ts': { ...module, code: 'export {}' },
    })
  })

  test('and a file that is gone is an error of that call alone', () => {
    const stream = new MessageStream()
    stream.decode(encode({ t: 'q', m: 'fetch', a: [], i: '1' }))
    const { t, i, e } = decode(
      stream.encode({ t: 's', i: '1', r: { ...module, cached: true, tmp: join(folder, 'gone') } }),
    ) as { t: string; i: string; e: Error }
    expect({ t, i }).toEqual({ t: 's', i: '1' })
    expect(e.message).toContain('ENOENT')
  })
})

test('other answers and messages pass unchanged', () => {
  for (const result of [null, undefined, 5, { externalize: 'node:fs', type: 'builtin' }, { cache: true }]) {
    expect(answer('fetch', result)).toEqual(result)
  }
  expect(answer('resolve', { tmp: '/not/a/module' })).toEqual({ tmp: '/not/a/module' })
  const event = { m: 'onCancel', a: ['keyboard-input'], t: 'q' }
  expect(decode(new MessageStream().encode(event))).toEqual(event)
})

test('the isolate gets settings that make sense there, and the shared object stays as it was', () => {
  const config = {
    inspector: { enabled: true, port: 1 },
    detectAsyncLeaks: true,
    logHeapUsage: true,
    fakeTimers: { toFake: ['Date', 'nextTick'] },
    root: '/x',
  }
  const message = { type: 'start', context: { config: structuredClone(config), pool: 'workers' } }
  expect(decode(new MessageStream().encode(message))).toEqual({
    type: 'start',
    context: {
      pool: 'workers',
      config: {
        inspector: { enabled: false, port: 1 },
        detectAsyncLeaks: false,
        logHeapUsage: false,
        fakeTimers: { toFake: ['Date'] },
        root: '/x',
      },
    },
  })
  expect(message.context.config).toEqual(config)
})
