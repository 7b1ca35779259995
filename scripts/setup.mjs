// Installs what is missing, so that every other script works on a fresh clone.
import { existsSync, readFileSync, symlinkSync } from 'node:fs'

import { path, run } from './tools.mjs'

/** Whether a folder's packages are those of its lock file. @param {string} folder */
function isInstalled(folder) {
  const installed = path(`${folder}node_modules/.package-lock.json`)
  if (!existsSync(installed)) return false
  const { packages: wanted } = JSON.parse(readFileSync(path(`${folder}package-lock.json`), 'utf8'))
  const { packages } = JSON.parse(readFileSync(installed, 'utf8'))
  return Object.entries(wanted).every(
    ([name, { version, optional }]) => !name || optional || packages[name]?.version === version,
  )
}

/** Installs the packages of a folder, and links ours into it under its own name. @param {string} folder */
export function setup(folder = '') {
  // Not `npm ci`: it refuses a lock file without the packages of other platforms, and registries do not
  // always have those. This installs what the lock file says all the same, and leaves it alone.
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  if (!isInstalled(folder)) run('npm', install, { cwd: path(folder || '.') })
  const link = path(`${folder}node_modules/vitest-pool-workerd`)
  // Projects inside this repository import the package as users do.
  if (!existsSync(link)) symlinkSync(path('.'), link, 'junction')
}
