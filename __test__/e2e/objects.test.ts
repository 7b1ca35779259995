import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('whatever a test leaves to an object reaches no other test, and fails none', async (make) => {
  const { code, output, report } = await make('objects').run('leftovers', 'alarms', 'reset')
  expect(code, output).toBe(0)
  expect(report.numFailedTests).toBe(0)
  // A green run prints nothing of ours, nor what the runtime says of calls that were cut off.
  expect(output).not.toMatch(/vitest-pool-workerd|abortAllDurableObjects|stderr|Unhandled/)
})

testEachVersion('a call of an object that fails, and that nobody awaits, is reported', async (make) => {
  const { code, output } = await make('objects').run('--dir', 'unawaited')
  expect(code, output).toBe(1)
  expect(output).toContain('Errors  5 errors')
  expect(output).toContain('RangeError: the object is full')
})

testEachVersion('objects are undone in any order of tests', async (make) => {
  const { code, output } = await make('objects').run(
    'leftovers',
    'alarms',
    '--sequence.shuffle',
    '--sequence.seed=1',
  )
  expect(code, output).toBe(0)
})

testEachVersion('objects are as a model says, whatever is done to them', async (make) => {
  const project = make('objects')
  for (const seed of ['1', '2']) {
    project.env['SEED'] = seed
    const { code, output } = await project.run('random')
    expect(code, output).toBe(0)
  }
})

testEachVersion('storage that lasts for a file can be emptied', async (make) => {
  const project = make('objects')
  project.env['ISOLATION'] = 'file'
  const { code, output } = await project.run('reset')
  expect(code, output).toBe(0)
})

testEachVersion('one runtime for all files resets objects between them', async (make) => {
  const { code, output } = await make('objects').run(
    'leftovers',
    'alarms',
    'reset',
    '--no-isolate',
    '--max-workers=1',
  )
  expect(code, output).toBe(0)
})

for (const isolate of ['--isolate', '--no-isolate']) {
  testEachVersion(`reruns in watch mode meet no object of the run before: ${isolate}`, async (make) => {
    const project = make('objects')
    const pattern = '^(nothing|a timer|a WebSocket that is open|a call that never returns)[ >]+reaches'
    const run = project.start('--watch', isolate, 'leftovers', '-t', pattern)
    await run.prints('Waiting for file changes')
    const source = project.read('src/index.ts')
    project.write('src/index.ts', source.replace('this.#inMemory += 1', 'this.#inMemory += 2'))
    await run.prints('"memory": 2')
    await run.prints('Watching for file changes')
    project.write('src/index.ts', source)
    await run.prints('Waiting for file changes', 2)
    run.child.kill('SIGINT')
    await run.end()
  })
}
