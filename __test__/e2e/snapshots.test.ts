import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

testEachVersion('snapshots are written, matched, and found to differ', async (make) => {
  const project = make('snapshots')
  const written = await project.run()
  expect(written.code, written.output).toBe(0)
  expect(written.output).toContain('Snapshots  3 written')

  const source = project.read('test/snapshots.test.ts')
  expect(source).toContain(
    'toMatchInlineSnapshot(`\n    {\n      "a": 1,\n      "text": "with \'quotes\'",\n    }\n  `)',
  )
  expect(project.read('test/__snapshots__/snapshots.test.ts.snap')).toBe(
    '// Vitest Snapshot v1, https://vitest.dev/guide/snapshot.html\n\n' +
      'exports[`file 1`] = `\n[\n  "one",\n  {\n    "two": 2,\n  },\n]\n`;\n',
  )
  expect(project.read('test/raw/output.html')).toBe('<p>é</p>\n')

  const matched = await project.run()
  expect(matched.code, matched.output).toBe(0)
  expect(matched.output).not.toContain('Snapshots')

  project.write(
    'test/snapshots.test.ts',
    source.replace('two: 2', 'two: 3').replace('a: 1', 'a: 4').replace('<p>é', '<p>è'),
  )
  const failed = await project.run()
  expect(failed.code).toBe(1)
  expect(failed.report).toMatchObject({ numPassedTests: 0, numFailedTests: 3 })

  const updated = await project.run('--update')
  expect(updated.code, updated.output).toBe(0)
  expect(project.read('test/__snapshots__/snapshots.test.ts.snap')).toContain('"two": 3')
  expect(project.read('test/snapshots.test.ts')).toContain('"a": 4')
  expect(project.read('test/raw/output.html')).toBe('<p>è</p>\n')
})
