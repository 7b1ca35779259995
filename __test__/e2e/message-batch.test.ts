import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('queue and scheduled handlers can be called with events that tests make', async (make) => {
  const { code, output, report } = await make('message-batch').run()
  expect(output).not.toContain('Unhandled')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(38)
})
