import { describe, onTestFinished, test } from 'vitest'

import { Project, VERSIONS } from './harness.ts'

/** Makes a copy of a fixture, or of another project by its path, that goes with the test. */
export type MakeProject = (fixture: string, name?: string) => Project

/** Declares a test for each supported version of Vitest. */
export function testEachVersion(name: string, body: (project: MakeProject) => Promise<void>): void {
  describe(name, () => {
    for (const { version, home } of VERSIONS) {
      test(`Vitest ${version}`, async () => {
        await body((fixture, folder) => {
          const source = /^(examples|__test__)\//.test(fixture) ? fixture : `__test__/fixtures/${fixture}`
          const project = new Project(source, home, folder)
          onTestFinished(() => project.remove())
          return project
        })
      })
    }
  })
}
