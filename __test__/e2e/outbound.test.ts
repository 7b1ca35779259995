import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('fetchMock answers tests, handlers and Durable Objects, below spies', async (make) => {
  const { code, output, report } = await make('outbound').run('test/fetch-mock.test.ts', 'test/spies.test.ts')
  expect(output).not.toContain('Unhandled')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(25)
})

testEachVersion('fetchMock starts anew with every file, also where files share a runtime', async (make) => {
  const { code, output, report } = await make('outbound').run('test/reset', '--no-isolate', '--maxWorkers=1')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(4)
})

testEachVersion('pending interceptors are listed in colours, except in a CI', async (make) => {
  const project = make('outbound')
  project.write(
    'test/pending.test.ts',
    `import { fetchMock } from 'cloudflare:test'
import { it } from 'vitest'

it('forgets to ask', () => {
  fetchMock.get('https://a.example').intercept({ path: '/x' }).reply(200)
  try {
    fetchMock.assertNoPendingInterceptors()
  } catch ({ message }) {
    throw new Error(JSON.stringify(message))
  }
})`,
  )
  const lines = {
    plain: '{ persist: false, invoked: 0, remaining: 1 }',
    coloured:
      '{ persist: \\u001b[33mfalse\\u001b[39m, invoked: \\u001b[33m0\\u001b[39m, remaining: \\u001b[33m1\\u001b[39m }',
  }
  const message = (state: string): string =>
    `Error: "1 interceptor is pending:\\n\\n- GET https://a.example/x 200 ${state}"`
  expect((await project.run('test/pending.test.ts')).output).toContain(message(lines.coloured))
  project.env['CI'] = 'true'
  expect((await project.run('test/pending.test.ts')).output).toContain(message(lines.plain))
})

testEachVersion('MSW answers requests and WebSockets, of handlers too', async (make) => {
  const { code, output, report } = await make('outbound').run('test/msw')
  expect(output).not.toContain('Unhandled')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(14)
})
