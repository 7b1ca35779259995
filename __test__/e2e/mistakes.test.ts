import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('a main that does not exist', async (make) => {
  const { code, output } = await make('missing-main').run()
  expect(code).toBe(1)
  expect(output).toContain('wrangler.jsonc:3')
  expect(output).toContain('"main": "./src/worker.ts"')
  expect(output).toMatch(/help: .+/)
})

testEachVersion('a syntax error in main', async (make) => {
  const { code, output } = await make('syntax-error').run()
  expect(code).toBe(1)
  expect(output).toContain('Failed to statically analyze the exports of the main Worker entry-point')
  expect(output).toContain('FAIL  test/one.test.ts')
  expect(output).toMatch(/src\/index\.ts:4:3/)
  expect(output).toMatch(/return new Response\('missing a parenthesis'/)
})

testEachVersion('an unknown option', async (make) => {
  const { code, output } = await make('unknown-option').run()
  expect(code).toBe(1)
  expect(output).toContain('mian')
  expect(output).toContain('`main`')
  expect(output).toContain('wranglr')
  expect(output).toContain('`wrangler`')
})

testEachVersion('a malformed Wrangler file', async (make) => {
  const project = make('malformed-wrangler')
  const { code, output } = await project.run()
  expect(code).toBe(1)
  expect(output).toContain(
    '"compatibility_date" field should be a valid ISO-8601 date (YYYY-MM-DD), but got "yesterday".',
  )
  expect(output).toContain('wrangler.toml:3')
  expect(output).toContain('`kv_namespaces[0]` has no `binding`')

  project.write('wrangler.toml', 'name = "app\n')
  const broken = await project.run()
  expect(broken.code).toBe(1)
  expect(broken.output).toContain('wrangler.toml:1')
})

testEachVersion('another environment', async (make) => {
  const { code, output } = await make('jsdom').run()
  expect(code).toBe(1)
  expect(output).toContain('Unexpected custom `environment` "jsdom" in project `vitest.config.ts`.')
  expect(output).toContain('Please remove the `environment` configuration.')
})

testEachVersion('a flag that the runtime does not know', async (make) => {
  const project = make('errors')
  project.write(
    'vitest.config.ts',
    project
      .read('vitest.config.ts')
      .replace("{ main: './src/index.ts' }", "{ miniflare: { compatibilityFlags: ['no_such_flag'] } }"),
  )
  const { code, output } = await project.run('test/assertion.test.ts')
  expect(code).toBe(1)
  expect(output).toContain('No such compatibility flag: no_such_flag')
  expect(output).toContain('help: if the output names a setting of yours, change it')
})

testEachVersion('a workerd that is not there', async (make) => {
  const project = make('errors')
  project.env['VITEST_POOL_WORKERD_BINARY'] = '/does/not/exist'
  const { code, output } = await project.run('test/assertion.test.ts')
  expect(code).toBe(1)
  expect(output).toContain('there is no workerd to run tests in')
  expect(output).toContain('the path in VITEST_POOL_WORKERD_BINARY is not a file: /does/not/exist')
  expect(output).toContain('help: correct VITEST_POOL_WORKERD_BINARY')
})

testEachVersion('a temporary folder that cannot be used', async (make) => {
  const project = make('errors')
  project.env['TMPDIR'] = '/does/not/exist'
  const { code, output } = await project.run('test/assertion.test.ts')
  expect(code).toBe(1)
  expect(output).toContain('could not use the temporary folder /does/not/exist')
  expect(output).toContain('point TMPDIR at one that does')
})

testEachVersion('options that are no object, and a function that throws', async (make) => {
  const project = make('errors')
  const config = project.read('vitest.config.ts')
  project.write('vitest.config.ts', config.replace("{ main: './src/index.ts' }", '5 as never'))
  const wrong = await project.run('test/assertion.test.ts')
  expect(wrong.code).toBe(1)
  expect(wrong.output).toContain('Invalid options for project `vitest.config.ts`')

  const throwing = "() => { throw new Error('no options today') }"
  project.write('vitest.config.ts', config.replace("{ main: './src/index.ts' }", throwing))
  const thrown = await project.run('test/assertion.test.ts')
  expect(thrown.code).toBe(1)
  expect(thrown.output).toContain('no options today')
})

testEachVersion(
  'functions where they mean nothing, and values that are no JSON, are refused',
  async (make) => {
    const project = make('errors')
    const config = project.read('vitest.config.ts')
    const set = (options: string): void =>
      project.write('vitest.config.ts', config.replace("{ main: './src/index.ts' }", options))

    set('{ main: () => 1, miniflare: { bindings: { A: { b: [() => 2] } } } }')
    const { code, output } = await project.run('test/assertion.test.ts')
    expect(code).toBe(1)
    expect(output).toContain('error: `main` is a function')
    expect(output).toContain('error: `miniflare.bindings.A.b[0]` is a function')

    set('{ miniflare: { bindings: { LIST: [1, 2n] } } }')
    const refused = await project.run('test/assertion.test.ts')
    expect(refused.code).toBe(1)
    expect(refused.output).toContain('workers() option miniflare.bindings.LIST[1] is a bigint')
  },
)
