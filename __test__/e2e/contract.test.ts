import { expect, onTestFinished, test } from 'vitest'

import { Project, VERSIONS } from './harness.ts'

for (const { version, home } of VERSIONS) {
  test(`products behave as the contract suites say: Vitest ${version}`, async () => {
    const project = new Project('__test__/contract', home)
    onTestFinished(() => project.remove())
    const { code, output } = await project.run('--config', 'ours.config.ts')
    expect(code, output).toBe(0)
  })
}
