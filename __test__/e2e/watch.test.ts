import { testEachVersion } from './each-version.ts'

testEachVersion('an edit of the Worker reruns its tests with the new code', async (make) => {
  const project = make('mocks')
  const run = project.start('--watch', 'test/do-mock.test.ts', 'test/mock.test.ts', 'test/globals.test.ts')
  await run.prints('Waiting for file changes')
  project.write('src/price.ts', project.read('src/price.ts').replace('EUR', 'CHF'))
  await run.prints("AssertionError: expected '1 CHF' to be '1 EUR'")
  // The mock of the other function is in place again.
  await run.prints("AssertionError: expected '42 CHF' to be '42 EUR'")
  await run.prints('Watching for file changes')
  project.write('src/price.ts', project.read('src/price.ts').replace('CHF', 'EUR'))
  await run.prints('RERUN  src/price.ts', 2)
  await run.prints('Tests  8 passed (8)\n', 2)
  // Requests through `SELF` depend on a Worker that the test does not import.
  project.write('src/index.ts', project.read('src/index.ts').replace('String(Date.now())', "'edited'"))
  await run.prints("AssertionError: expected 'edited' to be '1893456000000'")
  run.child.kill('SIGINT')
  await run.end()
})

testEachVersion('an edit of the Wrangler file reruns everything with the new settings', async (make) => {
  const project = make('two-projects/api')
  const run = project.start('--watch')
  await run.prints('Waiting for file changes')
  project.write('wrangler.jsonc', project.read('wrangler.jsonc').replace('"NAME": "api"', '"NAME": "edited"'))
  await run.prints("AssertionError: expected 'edited' to be 'api'")
  run.child.kill('SIGINT')
  await run.end()
})

testEachVersion('a rerun sees packages as they are by then', async (make) => {
  const project = make('mock-modules')
  const entry = 'node_modules/plain/index.js'
  const optional =
    "try { exports.optional = require('installed-later') } catch ({ code }) { exports.optional = code }"
  const test = `import * as plain from 'plain'
import { it } from 'vitest'
it('prints', () => console.log('tax', plain.tax(), plain.optional))`
  project.write(entry, `${project.read(entry)}\n${optional}`)
  project.write('test/packages.test.ts', test)
  const run = project.start('--watch', 'test/packages.test.ts')
  await run.prints('tax 19 MODULE_NOT_FOUND')
  await run.prints('Waiting for file changes')
  project.write(entry, project.read(entry).replace('() => 19', '() => 20'))
  project.write('node_modules/installed-later/index.js', "module.exports = 'installed'")
  project.write('test/packages.test.ts', `${test}\n`)
  await run.prints('tax 20 installed')
  run.child.kill('SIGINT')
  await run.end()
})
