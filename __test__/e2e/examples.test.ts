import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

for (const [example, tests] of [
  ['guestbook', 44],
  ['gallery', 14],
  ['storefront', 18],
  ['mailing-list', 14],
  ['library', 30],
  ['recipes', 18],
] as const) {
  testEachVersion(`the ${example} passes, in any order`, async (make) => {
    const project = make(`examples/${example}`)
    for (const order of [
      [],
      ['--sequence.shuffle', '--sequence.seed=1'],
      ['--sequence.shuffle', '--sequence.seed=2'],
    ]) {
      const { code, output, report } = await project.run(...order)
      expect(code, output).toBe(0)
      expect(report.numPassedTests).toBe(tests)
      // A green run prints nothing of ours.
      expect(output).not.toMatch(/workerd|std(out|err) \|/)
    }
  })
}
