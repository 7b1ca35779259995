// Installs what the contestants need, and links our package among it under its own name.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs'

import { inBenchmark, inRepository } from './folders.mjs'

export function install() {
  if (!isInstalled()) {
    // Not `npm ci`: it refuses a lock file without the platforms that were not to be had when it was
    // written. This takes the locked versions too, and leaves the file alone.
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
    const { status, error } = spawnSync('npm', args, { cwd: inBenchmark(''), stdio: ['ignore', 2, 2] })
    if (status !== 0)
      throw new Error(`npm could not install benchmark/package.json: ${error?.message ?? `code ${status}`}`)
  }
  const link = inBenchmark('node_modules/vitest-pool-workerd')
  rmSync(link, { force: true })
  symlinkSync(process.platform === 'win32' ? inRepository('') : '../..', link, 'junction')
}

/** Whether every package is there in the version of the lock file; optional ones are for other platforms. */
function isInstalled() {
  const installed = inBenchmark('node_modules/.package-lock.json')
  if (!existsSync(installed)) return false
  const { packages: wanted } = readLock(inBenchmark('package-lock.json'))
  const { packages } = readLock(installed)
  return Object.entries(wanted).every(
    ([name, { version, optional }]) => name === '' || optional || packages[name]?.version === version,
  )
}

/** @param {string} path @returns {{ packages: Record<string, { version: string, optional?: boolean }> }} */
function readLock(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
