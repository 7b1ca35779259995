// What a number depends on, to be kept beside it.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

import { inBenchmark, inRepository } from './folders.mjs'
import { node } from './vitest.mjs'

/** @typedef {ReturnType<typeof describeMachine>} Machine */

export function describeMachine() {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    /** Of the last minute, before the first run: anything much above 0 is other work. */
    load: loadavg()[0] ?? 0,
    node: output(node, ['-p', 'process.version']),
    commit: commit(),
    addon: addonProfile(),
    versions: {
      'vitest-pool-workerd': version(inRepository('')),
      '@cloudflare/vitest-plugin': version(inBenchmark('node_modules/@cloudflare/vitest-plugin/')),
      vitest: version(inBenchmark('node_modules/vitest/')),
      'workerd of vitest-pool-workerd': version(inRepository('node_modules/workerd/')),
      'workerd of @cloudflare/vitest-plugin': version(inBenchmark('node_modules/workerd/')),
    },
  }
}

/** The machine in words. @param {Machine} machine */
export function machineLines(machine) {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`)
  return [
    `Addon: ${machine.addon} build. Commit: ${machine.commit}.`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, load ${machine.load.toFixed(2)} before.`,
    `Node ${machine.node}, ${versions.join(', ')}. ${machine.date.slice(0, 10)}.`,
  ]
}

/** @param {string} folder @returns {string} */
function version(folder) {
  return JSON.parse(readFileSync(`${folder}package.json`, 'utf8')).version
}

function commit() {
  const id = output('git', ['rev-parse', '--short=12', 'HEAD']) || 'unknown'
  return output('git', ['status', '--porcelain']) ? `${id} with uncommitted changes` : id
}

/** @param {string} program @param {string[]} args */
function output(program, args) {
  return spawnSync(program, args, { cwd: inRepository(''), encoding: 'utf8' }).stdout?.trim() ?? ''
}

/**
 * The build profile of the addon. `Cargo.toml` has release builds stripped, so a symbol table gives a
 * debug build away.
 * @returns {'release' | 'debug' | 'unknown'}
 */
function addonProfile() {
  const names = readdirSync(inRepository('')).filter((name) => name.endsWith('.node'))
  const [name] = names
  if (!name || names.length > 1) return 'unknown'
  const bytes = readFileSync(inRepository(name))
  if (bytes.subarray(0, 4).toString('latin1') !== '\x7fELF') return 'unknown'
  return bytes.includes('\0.symtab\0') ? 'debug' : 'release'
}
