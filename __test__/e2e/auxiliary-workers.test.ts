import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('several Workers, from sources and built, share a runtime', async (make) => {
  const { code, output, report } = await make('auxiliary').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(11)
})

testEachVersion('an edit of an auxiliary source takes effect, and a mistake in it names it', async (make) => {
  const project = make('auxiliary')
  const file = 'auth/src/secret.ts'
  const text = project.read(file)
  const run = project.start('--watch')
  await run.prints('11 passed')
  project.write(file, text.replace('secret of', 'key of'))
  await run.prints("expected 'hello key of admin, says auth'")
  project.write(file, `${text}}`)
  await run.prints('The auxiliary Worker `auth` could not be bundled')
  project.write(file, text)
  await run.prints('11 passed', 2)
  run.child.kill('SIGINT')
  await run.end()
})
