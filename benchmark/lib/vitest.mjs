// Runs Vitest on a project, and accepts the run only if it has done the work.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

import { runCommand } from './command.mjs'
import { inBenchmark, inRepository } from './folders.mjs'

/** The Node that runs every contestant. */
export const node = inRepository('node_modules/node/bin/node')

const vitest = inBenchmark('node_modules/vitest/vitest.mjs')

/**
 * @typedef {object} Report What Vitest's JSON reporter writes, as far as it is read here.
 * @property {boolean} success
 * @property {number} numTotalTests
 * @property {number} numPassedTests
 * @property {number} numPendingTests Skipped ones.
 * @property {{ assertionResults: { title: string, status: string, meta: Record<string, any> }[] }[]} testResults
 */

/**
 * @typedef {import('./projects.mjs').Project & {
 *   problemOf: (report: Report) => string | undefined,
 *   pattern?: string,
 * }} Work A project, what is wrong with a report of it, and a pattern of the tests to run. Default: all.
 */

/** @typedef {{ cost: import('./command.mjs').Cost, report: Report }} Run */

/**
 * @param {Work} work
 * @param {(pid: number) => () => void} [watch]
 * @returns {Promise<Run>}
 */
export async function runVitest({ name, folder, problemOf, pattern }, watch) {
  const output = inBenchmark(`.run/reports/${name}.json`)
  const log = inBenchmark(`.run/reports/${name}.log`)
  mkdirSync(dirname(output), { recursive: true })
  rmSync(output, { force: true })
  const args = [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${output}`]
  if (pattern) args.push(`--testNamePattern=${pattern}`)
  const { end, ...cost } = await runCommand(node, args, { cwd: folder, env: environment(), log, watch })
  /** @type {Report | undefined} */
  const report = existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')) : undefined
  const problem = end === 0 ? (report ? problemOf(report) : 'it wrote no report') : `it ended with ${end}`
  if (problem || !report) throw new Error(`${name}: ${problem}. It printed:\n${tail(log)}`)
  return { cost, report }
}

/**
 * Nothing, if exactly so many tests ran, and passed.
 * @param {Report} report @param {number} tests @param {number} [files] @returns {string | undefined}
 */
export function unlessPassed({ success, numTotalTests, numPassedTests, testResults }, tests, files = 1) {
  if (success && numPassedTests === tests && numTotalTests === tests && testResults.length === files)
    return undefined
  return `${numPassedTests} of ${numTotalTests} tests in ${testResults.length} file(s) passed instead of ${tests}`
}

/** The same for everybody, whatever shell the benchmark is started from. */
function environment() {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false' }
  for (const name of Object.keys(env)) {
    if (/^(npm_|VITEST|NODE_|CLOUDFLARE_|FORCE_COLOR)/.test(name)) delete env[name]
  }
  return env
}

/** @param {string} log */
function tail(log) {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-40).join('\n')
}
