import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('queues deliver within the test that sent, and nowhere else', async (make) => {
  const { code, output, report } = await make('queues').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(15)
  expect(output).toContain('to dead letter queue "dead" after 2 failed attempts')
  expect(output).toContain('the handler fails')
})

testEachVersion('fake timers reach everything that is stored', async (make) => {
  const { code, output, report } = await make('time').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(7)
})

testEachVersion('bodies stream, and those that nobody finishes do no harm', async (make) => {
  const { code, output, report } = await make('streams').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(10)
  expect(output).not.toContain('Unhandled')
})

testEachVersion('what a test leaves behind reaches no other test', async (make) => {
  const { code, output, report } = await make('leftovers').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(54)
})

testEachVersion('a failure in the background says why, under its test', async (make) => {
  const project = make('queue-failures')
  const { code, output } = await project.run()
  expect(code, output).toBe(0)
  for (const text of [
    'A promise that was passed to ctx.waitUntil() was rejected: Error: in the background',
    'queue() failed for 1 message of queue "rejects": what the handler passed to ctx.waitUntil() was rejected.',
    'queue() failed for 1 message of queue "hangs": the handler does not settle',
    'A promise that was passed to ctx.waitUntil() was rejected: Error: the request left this',
  ]) {
    expect(output).toContain(text)
  }
  expect(output).not.toContain('/dist/runtime/')

  const main = project.read('src/index.ts')
  project.write('src/index.ts', "export default { fetch: () => new Response('no queue') }\n")
  const withoutHandler = await project.run('-t', 'what a handler leaves behind')
  expect(withoutHandler.code, withoutHandler.output).toBe(0)
  expect(withoutHandler.output).toMatch(
    /Expected default export of .*index\.ts to define a `queue\(\)` function/,
  )
  project.write('src/index.ts', main)

  project.write('vitest.config.ts', project.read('vitest.config.ts').replace("main: './src/index.ts',", ''))
  const withoutMain = await project.run('-t', 'leaves behind')
  expect(withoutMain.output).toContain('queue() failed for 1 message of queue "rejects": ')
  expect(withoutMain.output).toContain('main')
})
