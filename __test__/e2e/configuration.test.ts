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

testEachVersion('an edit of an alias takes effect, in the next run and while watching', async (make) => {
  const project = make('values')
  project.write(
    'vitest.config.ts',
    project.read('vitest.config.ts').replace('plugins:', 'test: { CACHE }, plugins:'),
  )
  project.write(
    'vitest.config.ts',
    project
      .read('vitest.config.ts')
      .replace('CACHE', 'fsModuleCache: true, experimental: { fsModuleCache: true }'),
  )
  const first = await project.run()
  expect(first.code, first.output).toBe(0)
  const file = 'config/wrangler.jsonc'
  const text = project.read(file)
  project.write(file, text.replace('"old": "../src/new.ts"', '"old": "../src/gone.ts"'))
  const next = await project.run()
  expect(next.code, next.output).toBe(1)

  const run = project.start('--watch')
  await run.prints('Watching for file changes')
  project.write(file, text)
  await run.prints('3 passed')
  project.write(file, text.replace('"old": "../src/new.ts"', '"old": "../src/gone.ts"'))
  await run.prints('1 failed', 2)
  run.child.kill('SIGINT')
  await run.end()
})

testEachVersion('a configuration of the older generation loads, with its options', async (make) => {
  const { code, output, report } = await make('older-generation').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(4)
})
testEachVersion('variables of .dev.vars and of .env reach the Worker', async (make) => {
  const project = make('secrets')
  const dotEnv = 'SECRET="of ${HOST}"\nFROM_OPTIONS=lost'
  project.write('.env', dotEnv)
  project.env['HOST'] = 'the machine'
  const fromDotEnv = await project.run()
  expect(fromDotEnv.output).toContain('secrets: file options of the machine')
  project.write('.dev.vars', '# secret\nexport SECRET=`of "one" file`')
  const { code, output } = await project.run()
  expect(code, output).toBe(0)
  expect(output).toContain('secrets: file options of "one" file')
})

testEachVersion('an edit of .dev.vars reruns everything with the new values', async (make) => {
  const project = make('secrets')
  project.write('.dev.vars', 'SECRET=first')
  const run = project.start('--watch')
  await run.prints('secrets: file options first')
  await run.prints('Waiting for file changes')
  project.write('.dev.vars', 'SECRET=second')
  await run.prints('secrets: file options second')
  run.child.kill('SIGINT')
  await run.end()
})

testEachVersion('singleWorker has all files share a runtime', async (make) => {
  const project = make('secrets')
  const config = (options: string): void =>
    project.write(
      'vitest.config.ts',
      `import { defineConfig } from 'vitest/config'
      import { workers } from 'vitest-pool-workerd'
      export default defineConfig({ plugins: [workers(${options})] })`,
    )
  for (const name of ['a', 'b', 'c']) {
    project.write(
      `test/${name}.test.ts`,
      `import { expect, test } from 'vitest'
      globalThis.files = (globalThis.files ?? 0) + 1
      test('counts', () => console.log('files so far:', globalThis.files))`,
    )
  }
  config('{ singleWorker: true }')
  const { code, output } = await project.run('test/a', 'test/b', 'test/c')
  expect(code, output).toBe(0)
  expect(output).toContain('files so far: 3')
  config('() => ({ singleWorker: true })')
  const late = await project.run('test/a', 'test/b', 'test/c')
  expect(late.output).toContain('workers() option singleWorker has no effect when a function returns it')
  expect(late.output).not.toContain('files so far: 2')
})

testEachVersion('an options function reads what globalSetup has provided', async (make) => {
  const project = make('secrets')
  project.write('setup.ts', "export default ({ provide }) => provide('port', 4711)")
  project.write(
    'vitest.config.ts',
    `import { defineConfig } from 'vitest/config'
    import { workers } from 'vitest-pool-workerd'
    export default defineConfig({
      plugins: [workers(async ({ inject }) => ({ miniflare: { bindings: { PORT: inject('port') } } }))],
      test: { globalSetup: ['./setup.ts'] },
    })`,
  )
  project.write(
    'test/port.test.ts',
    `import { env } from 'cloudflare:test'
    import { expect, test } from 'vitest'
    test('the port', () => expect(env.PORT).toBe(4711))`,
  )
  const { code, output } = await project.run('test/port')
  expect(code, output).toBe(0)
})
