import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('mocks, spies and fake timers reach the Worker', async (make) => {
  const { code, output, report } = await make('mocks').run()
  expect(output).not.toContain('Unhandled')
  expect(report.numPassedTests, output).toBe(10)
  expect(code, output).toBe(0)
})

testEachVersion('a path with spaces and special characters is a path like any other', async (make) => {
  const special = 'sp ace é 100% 🚀'
  const { code, output, report } = await make('mocks', special).run()
  expect(report.numPassedTests, output).toBe(10)
  expect(code, output).toBe(0)
  const packages = await make('packages', special).run()
  expect(packages.code, packages.output).toBe(0)
  const failing = await make('errors', special).run('test/assertion.test.ts')
  expect(failing.output).toContain('❯ test/assertion.test.ts:12:17')
})

testEachVersion('modules of all kinds load, and their exports are found', async (make) => {
  const project = make('modules')
  project.write('src/large.ts', `export const large = '${'x'.repeat(1_200_000)}'`)
  const { code, output, report } = await project.run()
  expect(code, output).toBe(0)
  expect(output).not.toContain('Failed to statically analyze')
  expect(report.numPassedTests).toBe(8)
})

testEachVersion('what Vitest offers works as elsewhere', async (make) => {
  const { code, output, report } = await make('features').run()
  expect(code).toBe(1)
  expect(report).toMatchObject({ numPassedTests: 17, numFailedTests: 1, numPendingTests: 3, numTodoTests: 1 })
  expect(output).toContain('FAIL  test/timeouts.test.ts > waits for ever')
  expect(output).toContain('Test timed out in 100ms.')
  // Of two errors that nobody caught, `onUnhandledError` let one go.
  expect(output).toContain('Errors  1 error')
  expect(output).toContain('RangeError: nobody waited for this')

  const chosen = await make('features').run('--testNamePattern=選ばれる')
  expect(chosen.code, chosen.output).toBe(0)
  expect(chosen.report.numPassedTests).toBe(1)
})

testEachVersion('a main that fails, or a module that is missing, fails what needs it', async (make) => {
  const { code, output, report } = await make('mains').run()
  expect(code).toBe(1)
  expect(output).toMatch(
    /FAIL {2}\|throwing\| throwing\/imports\.test\.ts .*\nRangeError: no limit is set\n ❯ (\S+ )?throwing\/index\.ts:4:9/,
  )
  expect(output).toMatch(
    /FAIL {2}\|missing-module\| missing-module\/broken\.test\.ts .*\nError: No such built-in module: node:nonexistent\n.*\n {2}imported by \S+broken\.test\.ts\n {2}help: /,
  )
  // Their neighbours pass, and so do projects whose paths are relative to different folders.
  expect(report).toMatchObject({ numPassedTests: 4, numFailedTests: 0 })
})

testEachVersion('the console of handlers is printed under their test, in order', async (make) => {
  const { code, output } = await make('console').run()
  expect(code, output).toBe(0)
  const { 'test/console.test.ts > values that answer to every name': values, ...stdout } = printed(
    output,
    'stdout',
  )
  expect(values).toMatch(/SELF: Fetcher \{\},\n {2}request: Request \{\n {4}method: 'PUT'/)
  expect(output).not.toContain('Unhandled')
  expect(stdout).toEqual({
    'test/console.test.ts > first': "handling { pathname: '/one' }\nlater for /one\n",
    'test/console.test.ts > second':
      "from the test\nhandling { pathname: '/two' }\nlater for /two\ndetached log\n",
    'test/console.test.ts > a Durable Object': 'in a method\nafter a method\nin an alarm\n',
    'test/console.test.ts > a consumer': 'in a consumer a job\n',
    'test/console.test.ts > a long message': `${'x'.repeat(1_200_000)}\n`,
  })
  expect(printed(output, 'stderr')).toEqual({
    'test/console.test.ts > first': 'to stderr from /one\n',
    'test/console.test.ts > second': 'to stderr from /two\n',
  })
})

testEachVersion('code from strings is refused as in production', async (make) => {
  const project = make('code-generation')
  for (const run of [await project.run(), await project.run()]) {
    expect(run.code, run.output).toBe(0)
    expect(run.report.numPassedTests).toBe(4)
  }
})

testEachVersion('two projects with different Wrangler files run in one go', async (make) => {
  const { code, output, report } = await make('two-projects').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(2)
})

testEachVersion('entrypoints, Durable Objects and contexts behave as without us', async (make) => {
  const { code, output, report } = await make('surface').run()
  expect(output).not.toContain('Unhandled')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(20)
})

testEachVersion('code in contexts of its own logs and imports, and nothing hangs or waits', async (make) => {
  const { code, output, report } = await make('contexts').run('--maxConcurrency=2', '--testTimeout=4000')
  expect(output).not.toMatch(/Unhandled|did not resolve/)
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(16)
  for (const text of ['heard hi', 'incrementing', 'called back', 'breaking', 'with fake microtasks']) {
    expect(output).toContain(text)
  }
})

testEachVersion('what nobody catches is reported with its line', async (make) => {
  const { code, output } = await make('unhandled').run()
  expect(code).toBe(1)
  expect(output).toContain('Errors  3 errors')
  for (const [message, line] of [
    ['from a timer', 7],
    ['from a promise', 13],
    ['from a microtask', 19],
  ]) {
    expect(output).toMatch(new RegExp(`Error: ${message}\\n ❯ (\\S+ )?test/unhandled\\.test\\.ts:${line}:`))
  }
})

testEachVersion('two projects may share one plugin', async (make) => {
  const project = make('two-projects')
  project.write(
    'vitest.config.ts',
    `import { defineConfig } from 'vitest/config'
import { workers } from 'vitest-pool-workerd'
const plugin = workers({ wrangler: { configPath: './wrangler.jsonc' } })
export default defineConfig({
  test: { projects: ['api', 'web'].map((root) => ({ root, plugins: [plugin], test: { name: root } })) },
})`,
  )
  const { code, output, report } = await project.run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(2)
})

testEachVersion('packages load as they do in production', async (make) => {
  const { code, output, report } = await make('packages').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(6)
})

/** What was printed under each test. Vitest prints one block for each turn of the event loop. */
function printed(output: string, stream: 'stdout' | 'stderr'): Record<string, string> {
  const blocks: Record<string, string> = {}
  for (const [, title, text] of output.matchAll(new RegExp(`^${stream} \\| (.*)\\n((?:.+\\n)+)`, 'gm'))) {
    blocks[title!] = (blocks[title!] ?? '') + text!
  }
  return blocks
}
