// Makes the projects that are measured, from the templates in `projects/`.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { inBenchmark } from './folders.mjs'

/**
 * @typedef {object} Project
 * @property {string} name Of its folder in `.run/projects` and of its reports, such as `files/ours-20`.
 * @property {string} folder
 */

/**
 * Makes a project. An older one is replaced together with its caches, so that every contestant starts with
 * the same: nothing.
 * @param {string} name
 * @param {readonly string[]} layers Folders of `projects/` that are copied over each other.
 * @param {number} [copies] How often it has each test file. Default: once, under its own name.
 * @returns {Project}
 */
export function makeProject(name, layers, copies) {
  const folder = inBenchmark(`.run/projects/${name}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const layer of layers) cpSync(inBenchmark(`projects/${layer}`), folder, { recursive: true })
  // A package of its own, so that Vite and Vitest keep one cache for each project.
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  if (copies) multiplyTests(join(folder, 'test'), copies)
  return { name, folder }
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
