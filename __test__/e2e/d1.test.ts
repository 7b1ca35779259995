import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('D1 databases are undone like everything else', async (make) => {
  const { code, output, report } = await make('d1').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(10)
  expect(output).not.toContain('Unhandled')
})
