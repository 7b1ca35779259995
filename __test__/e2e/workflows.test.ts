import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

const TESTS = 31

testEachVersion('instances of Workflows are undone after every test, suite and attempt', async (make) => {
  const { code, output, report } = await make('workflows').run()
  expect(output).not.toContain('Unhandled')
  expect(output).not.toContain('abandoned')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(TESTS)
})

testEachVersion('Workflows run on old compatibility dates, where bindings send requests', async (make) => {
  const project = make('workflows')
  project.write('wrangler.jsonc', project.read('wrangler.jsonc').replace('2026-11-02', '2024-12-01'))
  const { code, output, report } = await project.run()
  expect(output).not.toContain('Unhandled')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(TESTS)
})

testEachVersion('one runtime for all files begins each of them without instances', async (make) => {
  const project = make('workflows')
  project.write('test/again.test.ts', project.read('test/isolation.test.ts'))
  const { code, output, report } = await project.run('--no-isolate', '--max-workers=1')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(2 * TESTS)
})

testEachVersion('Workflows can be declared without a binding', async (make) => {
  const { code, output, report } = await make('workflow-exports').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(4)
})
