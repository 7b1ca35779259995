import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'
import type { Project } from './harness.ts'

/** What a repository cannot have: folders of the name that is ignored everywhere, and links. */
function install(project: Project): void {
  const write = (file: string, text: string): void => project.write(`node_modules/${file}`, text)
  write('versions/node_modules/versioned/package.json', '{ "version": "1.0.0" }')
  write('versions/node_modules/versioned/index.js', "exports.version = require('./package.json').version")
  project.write('workspace/package.json', '{ "exports": "./index.mjs" }')
  project.write('workspace/index.mjs', "export const workspace = 'a workspace'")
  write('.store/store/node_modules/store/package.json', '{ "exports": "./index.mjs" }')
  write(
    '.store/store/node_modules/store/index.mjs',
    "import { neighbour } from 'neighbour'; export const through = neighbour",
  )
  write('.store/store/node_modules/neighbour/index.js', "exports.neighbour = 'a neighbour in the store'")
  // Vite refuses such signs in the path of a project. Packages may have them.
  write('odd/package.json', '{ "exports": "./index.mjs" }')
  write('odd/index.mjs', "export * from './#1 & é.mjs'; export { two } from './a?b=%20.cjs'")
  write('odd/#1 & é.mjs', 'export const one = import.meta.url')
  write('odd/a?b=%20.cjs', "exports.two = require('./#3.cjs')")
  write('odd/#3.cjs', "module.exports = 'three'")
  const links = {
    workspace: '../workspace',
    linked: '../workspace',
    store: '.store/store/node_modules/store',
  }
  for (const [name, target] of Object.entries(links)) {
    symlinkSync(target, join(project.folder, 'node_modules', name))
  }
}

testEachVersion('packages of all shapes load, in a folder of any name', async (make) => {
  const project = make('resolution', 'sp ace é 100% 🚀')
  install(project)
  const { code, output, report } = await project.run('test/resolution.test.ts')
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(10)
})

testEachVersion('an import that cannot work says who made it, and fails its file alone', async (make) => {
  const project = make('resolution')
  install(project)
  const files = ['absent', 'sqlite', 'typed', 'own', 'later']
  const { code, output, report } = await project.run(...files)
  expect(code).toBe(1)
  expect(report.numPassedTests, output).toBe(2)
  const packages = join(project.folder, 'node_modules/fails')
  for (const text of [
    `Error: Cannot find module 'is-not-there'
  imported by ${packages}/absent.js:1:20
  help: install it (\`npm install is-not-there\`)`,
    `Error: No such built-in module: node:sqlite
  the Worker's compatibility settings do not provide it
  imported by ${packages}/sqlite.js:1:31
  help: add the compatibility flag \`enable_nodejs_sqlite_module\`, or set the compatibility date to 2026-01-29 or later`,
    `  imported by ${packages}/typed.js:1:24
  help: let Vite transform it: add "typed" to \`test.server.deps.inline\``,
    `  imported by ${join(project.folder, 'test/d-own.test.ts')}
  help: add the compatibility flag \`enable_nodejs_sqlite_module\``,
  ]) {
    expect(output).toContain(text)
  }
})

testEachVersion('files are text, bytes and WebAssembly by their rules', async (make) => {
  const { code, output, report } = await make('module-kinds').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(5)
})

testEachVersion('modules are mocked by folders, by factories and automatically', async (make) => {
  const { code, output, report } = await make('mock-modules').run()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(4)
})
