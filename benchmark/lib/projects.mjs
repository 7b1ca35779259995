// Makes the projects that are measured, from the templates in `projects/`.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { inBenchmark } from './folders.mjs'

/**
 * @typedef {object} Project
 * @property {import('./contestants.mjs').Contestant} contestant
 * @property {number} files How many test files it has.
 * @property {string} folder
 */

/**
 * Makes a project with copies of the contestant's test file. An older one is replaced together with its
 * caches, so that every contestant starts with the same: nothing, before the warm-up.
 * @param {import('./contestants.mjs').Contestant} contestant @param {number} files
 * @returns {Project}
 */
export function makeProject(contestant, files) {
  const folder = inBenchmark(`.run/projects/${contestant.name}-${files}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const layer of contestant.layers) cpSync(inBenchmark(`projects/${layer}`), folder, { recursive: true })
  // A package of its own, so that Vite and Vitest keep one cache for each project.
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  multiplyTests(join(folder, 'test'), files)
  return { contestant, files, folder }
}

/** @param {string} folder @param {number} copies */
function multiplyTests(folder, copies) {
  if (!existsSync(folder)) throw new Error(`${folder}: a template without tests`)
  for (const name of readdirSync(folder)) {
    for (let copy = 1; copy <= copies; copy++) {
      const number = String(copy).padStart(2, '0')
      copyFileSync(join(folder, name), join(folder, name.replace('.test.', `-${number}.test.`)))
    }
    rmSync(join(folder, name))
  }
}
