import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('a failing assertion shows its line of the TypeScript source', async (make) => {
  const { code, output } = await make('errors').run('test/assertion.test.ts')
  expect(output).toContain('❯ test/assertion.test.ts:12:17')
  expect(output).toMatch(/12\| +expect\(moved\)\.toEqual\(\{ x: 2, y: 0 \}\)/)
  expect(output).toMatch(/- +"x": 2,\n.*\+ +"x": 1,/)
  expect(code).toBe(1)
})

testEachVersion('an error thrown in the Worker shows its line of the Worker', async (make) => {
  const { code, output, report } = await make('errors').run('test/worker.test.ts')
  expect(output).toContain('RangeError: no total for broken')
  expect(output).toMatch(/❯ total src\/index\.ts:7:11/)
  expect(output).toMatch(/❯ Object\.fetch src\/index\.ts:15:32/)
  expect(output).toMatch(/❯ test\/worker\.test\.ts:6:16/)
  expect(output).toMatch(/7\| +throw new RangeError/)
  // The second test caught the error: it must be reported by nobody.
  expect(output).not.toContain('Unhandled')
  expect(report).toMatchObject({ numPassedTests: 1, numFailedTests: 1 })
  expect(code).toBe(1)
})

testEachVersion('so does one that crossed the runtime, and who made the request', async (make) => {
  const { code, output } = await make('errors').run('test/self.test.ts')
  expect(output).toContain('RangeError: no total for broken')
  expect(output).toMatch(/❯ total src\/index\.ts:7:11/)
  expect(output).toMatch(/7\| +throw new RangeError/)
  expect(output).toMatch(/❯ test\/self\.test\.ts:5:\d+/)
  expect(code).toBe(1)
})

testEachVersion('columns are right on the first line too', async (make) => {
  const { output } = await make('errors').run('test/one-line.test.ts')
  expect(output).toContain('❯ test/one-line.test.ts:1:73')
})
