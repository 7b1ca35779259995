// Runs Vitest on a project, and accepts its time only if it has done the work.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'

import { runCommand } from './command.mjs'
import { testsPerFile } from './contestants.mjs'
import { inBenchmark, inRepository } from './folders.mjs'

/** The Node that runs every contestant. */
export const node = inRepository('node_modules/node/bin/node')

const vitest = inBenchmark('node_modules/vitest/vitest.mjs')

/**
 * @param {import('./projects.mjs').Project} project
 * @param {(pid: number) => () => void} [watch]
 * @returns {Promise<import('./command.mjs').Cost>}
 */
export async function runVitest({ contestant, files, folder }, watch) {
  const reports = inBenchmark('.run/reports')
  mkdirSync(reports, { recursive: true })
  const report = `${reports}/${contestant.name}-${files}.json`
  const log = `${reports}/${contestant.name}-${files}.log`
  rmSync(report, { force: true })
  const args = [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { end, ...cost } = await runCommand(node, args, { cwd: folder, env: environment(), log, watch })
  const problem = end === 0 ? problemOf(report, files) : `it ended with ${end}`
  if (problem)
    throw new Error(`${contestant.name} with ${files} file(s): ${problem}. It printed:\n${tail(log)}`)
  return cost
}

/** The same for everybody, whatever shell the benchmark is started from. */
function environment() {
  const env = { ...process.env, NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false' }
  for (const name of Object.keys(env)) {
    if (/^(npm_|VITEST|NODE_|CLOUDFLARE_|FORCE_COLOR)/.test(name)) delete env[name]
  }
  return env
}

/** @param {string} report @param {number} files */
function problemOf(report, files) {
  if (!existsSync(report)) return 'it wrote no report'
  const { success, numTotalTests, numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const expected = files * testsPerFile
  if (success && numPassedTests === expected && numTotalTests === expected && testResults.length === files)
    return undefined
  return `${numPassedTests} of ${numTotalTests} tests in ${testResults.length} file(s) passed instead of ${expected}`
}

/** @param {string} log */
function tail(log) {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-40).join('\n')
}
