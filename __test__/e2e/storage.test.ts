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
