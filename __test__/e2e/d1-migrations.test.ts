import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion(
  'D1 migrations are read in Node, applied in setup files, and there for every test',
  async (make) => {
    const { code, output, report } = await make('d1-migrations').run()
    expect(output).not.toContain('Unhandled')
    expect(code, output).toBe(0)
    expect(report.numPassedTests).toBe(15)
  },
)

testEachVersion('a migration that cannot be read fails the run with its name', async (make) => {
  const project = make('d1-migrations')
  project.write('migrations/12_two.sql', 'BEGIN TRANSACTION; COMMIT; BEGIN TRANSACTION; COMMIT;')
  const { code, output } = await project.run()
  expect(code).toBe(1)
  expect(output).toContain('The migration 12_two.sql contains several transactions')
})
