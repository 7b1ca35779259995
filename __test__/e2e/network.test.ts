import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('the option network refuses what nothing mocks, whoever asks', async (make) => {
  const { code, output, report } = await make('network').run()
  expect(output).not.toContain('Unhandled')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(12)
})
