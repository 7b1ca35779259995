import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('a runtime that is killed fails its file by name, and the others pass', async (make) => {
  const run = make('crash').start('--max-workers=1')
  await run.prints('waiting to be killed')
  // The spare too, parked or on its way up: it is replaced without a word.
  for (const pid of run.runtimes()) process.kill(pid, 'SIGKILL')
  const { code, output, report } = await run.end()
  expect(code).toBe(1)
  expect(output).toContain('workerd ended with signal SIGKILL while running a test file')
  expect(output).toContain('project `vitest.config.ts`: test/a-victim.test.ts')
  const passed = report.testResults
    .filter((file) => file.status === 'passed')
    .map((file) => file.name.split('/').pop())
  // Vitest 4.1 calls the victim passed here, for the test that had ended; the exit code is what counts.
  expect(passed).toEqual(expect.arrayContaining(['b-other.test.ts', 'c-another.test.ts']))
})

testEachVersion('nothing is left when Node is killed', async (make) => {
  const run = make('crash').start()
  await run.prints('waiting to be killed')
  expect(run.runtimes()).not.toEqual([])
  run.child.kill('SIGKILL')
  expect(await run.end()).toMatchObject({ signal: 'SIGKILL' })
})

testEachVersion('nothing is left after an interrupt', async (make) => {
  const run = make('crash').start()
  await run.prints('waiting to be killed')
  run.child.kill('SIGINT')
  expect(await run.end()).toMatchObject({ code: 130 })
})
