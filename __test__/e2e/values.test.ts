import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('definitions, aliases, files and the version reach the Worker', async (make) => {
  const project = make('values')
  const { code, output, report } = await project.run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(3)

  const file = 'config/wrangler.jsonc'
  project.write(file, project.read(file).replace('"3 * 4"', '"3 *"'))
  const failing = await project.run()
  expect(failing.code).toBe(1)
  expect(failing.output).toContain('`define.LIMIT` of the Wrangler file is no expression: 3 *')
})
