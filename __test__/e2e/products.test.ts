import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('smaller products work, and what only the account has can be mocked', async (make) => {
  const project = make('products')
  project.env['CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_FROM_ENVIRONMENT'] =
    'postgres://environment:p@localhost/environment'
  const { code, output, report } = await project.run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(18)
  expect(output).not.toContain('std')
})
