// What the other scripts share: where things are, and how to run them.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Root of the repository, as a URL that ends in a slash. */
export const root = new URL('../', import.meta.url)

/** Absolute path of a file of the repository. @param {string} path */
export const path = (path) => fileURLToPath(new URL(path, root))

/** The Node that runs Vitest: the one of our development dependencies, since Vitest 5 wants 22.12. */
export function node() {
  // Asked each time: the packages may have been installed a moment ago.
  const installed = path('node_modules/node/bin/node')
  return existsSync(installed) ? installed : process.execPath
}

/** The Rust target of this machine, which the addon's build names too. */
export function hostTarget() {
  return /^host: (.*)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }))?.[1] ?? ''
}

/**
 * Runs a program, shows what it prints, and ends this process if it fails.
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnSyncOptions} [options]
 */
export function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) console.error(`${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

/** Runs a tool of `node_modules` under the newer Node. @param {string} script @param {string[]} args @param {import('node:child_process').SpawnSyncOptions} [options] */
export function runTool(script, args, options) {
  run(node(), [path(`node_modules/${script}`), ...args], options)
}
