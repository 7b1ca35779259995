import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('storage is undone after every test, suite and attempt', async (make) => {
  const { code, output, report } = await make('isolation').run('--dir', 'test')
  expect(code, output).toBe(0)
  expect(report.numFailedTests).toBe(0)
  expect(report.numPassedTests).toBe(151)
})

testEachVersion('tests pass in any order', async (make) => {
  const project = make('isolation')
  for (const seed of [1, 2]) {
    const { code, output } = await project.run(
      '--dir',
      'test',
      '--sequence.shuffle',
      `--sequence.seed=${seed}`,
    )
    expect(code, output).toBe(0)
  }
})

testEachVersion('one runtime for all files starts each from empty storage', async (make) => {
  const project = make('isolation')
  const { code, output } = await project.run('--dir', 'test', '--no-isolate', '--max-workers=1')
  expect(code, output).toBe(0)
})

for (const [mode, same, next] of [
  ['test', 'null', 'null'],
  ['file', '1', 'null'],
  ['false', '1', '1'],
] as const) {
  testEachVersion(`isolatedStorage: ${mode} keeps what it says`, async (make) => {
    const project = make('isolation')
    project.write(
      'vitest.config.ts',
      project.read('vitest.config.ts').replaceAll("process.env['ISOLATION']", `'${mode}'`),
    )
    const { code, output } = await project.run('--dir', 'modes', '--no-isolate', '--max-workers=1')
    expect(code, output).toBe(0)
    expect(output).toContain(`in the same file: ${same}`)
    expect(output).toContain(`in the next file: ${next}`)
  })
}

testEachVersion('cloudflareTest keeps storage for a file, as its users expect', async (make) => {
  const project = make('isolation')
  project.write(
    'vitest.config.ts',
    `import { defineConfig } from 'vitest/config'
import { cloudflareTest } from 'vitest-pool-workerd'
export default defineConfig({ plugins: [cloudflareTest({ miniflare: { kvNamespaces: ['KV'] } })] })`,
  )
  const { code, output } = await project.run('--dir', 'modes', '--no-isolate', '--max-workers=1')
  expect(code, output).toBe(0)
  expect(output).toContain('in the same file: 1')
  expect(output).toContain('in the next file: null')
})

testEachVersion('cloudflarePool is a pool for test.pool', async (make) => {
  const project = make('isolation')
  project.write(
    'vitest.config.ts',
    `import { defineConfig } from 'vitest/config'
import { cloudflarePool } from 'vitest-pool-workerd'
export default defineConfig({ test: { pool: cloudflarePool({ miniflare: { bindings: { A: 1 } } }) } })`,
  )
  project.write(
    'pool/one.test.ts',
    `import { expect, it } from 'vitest'
it('runs in workerd', () => expect(navigator.userAgent).toBe('Cloudflare-Workers'))`,
  )
  const { code, output, report } = await project.run('--dir', 'pool')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(1)
})

testEachVersion('nothing is left by hooks, fixtures and tests that fail', async (make) => {
  const { code, output, report } = await make('isolation').run('--dir', 'failing')
  expect(code, output).toBe(1)
  const results = report.testResults.flatMap((file) => file.assertionResults)
  const left = results.filter((result) => result.fullName.endsWith('nothing is left'))
  expect(left.map((result) => result.status)).toEqual(Array.from({ length: 8 }, () => 'passed'))
  // Each failure is the test's own, and none is of a frame. The last is what Vitest 4.1 reports as the stack
  // of a timeout.
  const failures = results.flatMap((result) => result.failureMessages)
  expect(failures.filter((message) => !/ fails|timed out|STACK_TRACE_ERROR/.test(message))).toEqual([])
})
