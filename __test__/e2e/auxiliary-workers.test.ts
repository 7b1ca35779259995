import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('several Workers, from sources and built, share a runtime', async (make) => {
  const { code, output, report } = await make('auxiliary').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(13)
})

testEachVersion('an edit of an auxiliary source takes effect, and a mistake in it names it', async (make) => {
  const project = make('auxiliary')
  const file = 'auth/src/secret.ts'
  const text = project.read(file)
  const run = project.start('--watch')
  await run.prints('13 passed')
  project.write(file, text.replace('secret of', 'key of'))
  await run.prints("expected 'hello key of admin, says auth'")
  project.write(file, `${text}}`)
  await run.prints('The auxiliary Worker `auth` could not be bundled')
  project.write(file, text)
  await run.prints('13 passed', 2)
  run.child.kill('SIGINT')
  await run.end()
})

testEachVersion('what auxiliary Workers print is printed with their file', async (make) => {
  const project = make('auxiliary')
  project.write(
    'test/auxiliary.test.ts',
    `import { env } from 'cloudflare:test'
    import { test } from 'vitest'
    test('logs', async () => { await env.ADMIN.log('said by auth') })
    test('waits', () => new Promise((resolve) => setTimeout(resolve, 100)))`,
  )
  const { code, output } = await project.run()
  expect(code, output).toBe(0)
  expect(output).toMatch(/stdout \| test\/auxiliary\.test\.ts\nsaid by auth/)
})

testEachVersion(
  'a name that an auxiliary Worker does not export is refused, with what it exports',
  async (make) => {
    const project = make('auxiliary')
    const file = 'app/wrangler.jsonc'
    project.write(file, project.read(file).replace('"Admin"', '"Admim"').replace('"Sessions"', '"Session"'))
    const { code, output } = await project.run()
    expect(code).toBe(1)
    expect(output).toContain(
      'the auxiliary Worker `auth` does not export the Durable Object class `Session`, the entrypoint `Admim`',
    )
    expect(output).toContain('it exports Admin, Sessions, SignUp, default')
  },
)

testEachVersion('mistakes of auxiliary Workers are shown without our own code', async (make) => {
  const project = make('auxiliary')
  const file = 'auth/src/secret.ts'
  const text = project.read(file)
  project.write(
    'test/auxiliary.test.ts',
    `import { env } from 'cloudflare:test'
    import { test } from 'vitest'
    test('fails', async () => { await env.AUTH.fetch('https://x.example/boom') })`,
  )
  const source = 'auth/src/index.ts'
  project.write(
    source,
    project.read(source).replace('fetch: app.fetch,', "fetch: () => { throw new Error('of another') },"),
  )
  const thrown = await project.run()
  expect(thrown.code).toBe(1)
  expect(thrown.output).toMatch(/Error: of another\n ❯ test\/auxiliary\.test\.ts:3:/)

  project.write(file, `import 'not-installed'\n${text}`)
  const unresolved = await project.run()
  expect(unresolved.code).toBe(1)
  expect(unresolved.output).toContain('failed to resolve import "not-installed"')
  expect(unresolved.output).not.toMatch(/externalize|\| {5}at /)
})
