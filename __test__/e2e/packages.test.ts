import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('real packages work, export what they export in Node, and are one instance', async (make) => {
  // Vitest 4.1 takes what begins with the end of its own path for itself. That end is what is left after as many
  // letters as the project's path has: with a longer path nothing is, and with one of our length `st` was.
  const { code, output, report } = await make('__test__/packages', 'packages-of-many-styles').run()
  expect(output).not.toContain('Unhandled')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(237)
})
