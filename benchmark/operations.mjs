// How long does each operation of a storage product take, and how many can be done in a second?
import { contestants, reference } from './lib/contestants.mjs'
import { makeProject } from './lib/projects.mjs'
import { inTurn } from './lib/rounds.mjs'
import { median, spread } from './lib/statistics.mjs'
import { list, range, ratio, table } from './lib/tables.mjs'

/** @type {import('./lib/benchmark.mjs').Benchmark} */
export const operations = {
  contestants: ['ours', 'peer'],
  rounds: 5,
  hasParts: true,
  async run({ only, rounds, match, progress }) {
    const projects = only.map((contestant) => ({
      ...makeProject(`operations/${contestant}`, ['operations/worker', `operations/${contestant}`]),
      contestant,
      pattern: match,
      problemOf,
    }))
    // What is measured is inside of the run, where every loop has its own warm-up.
    const measured = await inTurn(projects, rounds, progress, { warmUp: false })
    const samples = measured.flatMap(({ contestant, runs }) =>
      runs.flatMap(({ report }) => samplesOf(contestant, report)),
    )
    const summary = summarize(samples)
    return { data: { summary, samples }, markdown: render(summary, only, rounds) }
  },
}

/** @typedef {{ operations: number, ms: number }} Loop */

/**
 * @typedef {object} Sample What one run measured of one operation. `measure.ts` makes it.
 * @property {string} contestant
 * @property {string} operation
 * @property {number} inFlight How many at a time in the concurrent loops.
 * @property {Loop[]} sequential
 * @property {Loop[]} concurrent
 */

/** @param {import('./lib/vitest.mjs').Report} report */
function problemOf(report) {
  const { success, numPassedTests, numPendingTests, numTotalTests } = report
  const count = `${numPassedTests} of ${numTotalTests} tests passed, ${numPendingTests} were skipped`
  if (!success || numPassedTests + numPendingTests !== numTotalTests) return count
  if (numPassedTests === 0) return 'no operation has such a name'
  if (samplesOf('', report).length !== numPassedTests) return `${count}, and not each one has measured`
  return undefined
}

/** @param {string} contestant @param {import('./lib/vitest.mjs').Report} report @returns {Sample[]} */
function samplesOf(contestant, { testResults }) {
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .flatMap(({ title, meta }) => (meta.measured ? [{ contestant, operation: title, ...meta.measured }] : []))
}

/**
 * @typedef {object} Summary One operation.
 * @property {string} operation
 * @property {number} inFlight
 * @property {Record<string, import('./lib/statistics.mjs').Spread>} latencyUs By contestant.
 * @property {Record<string, import('./lib/statistics.mjs').Spread>} perSecond By contestant.
 */

/** @param {readonly Sample[]} samples @returns {Summary[]} */
function summarize(samples) {
  /** @type {Summary[]} */
  const summary = []
  for (const { contestant, operation, inFlight } of samples) {
    let row = summary.find((row) => row.operation === operation)
    if (!row) summary.push((row = { operation, inFlight, latencyUs: {}, perSecond: {} }))
    if (row.latencyUs[contestant]) continue
    const runs = samples.filter((run) => run.contestant === contestant && run.operation === operation)
    row.latencyUs[contestant] = spread(runs.map(({ sequential }) => median(sequential.map(microseconds))))
    row.perSecond[contestant] = spread(runs.map(({ concurrent }) => median(concurrent.map(perSecond))))
  }
  return summary
}

/** @param {Loop} loop */
const microseconds = ({ operations, ms }) => (ms * 1000) / operations

/** @param {Loop} loop */
const perSecond = ({ operations, ms }) => (operations * 1000) / ms

/** @param {readonly Summary[]} summary @param {readonly string[]} only @param {number} rounds */
function render(summary, only, rounds) {
  const taking = contestants.filter(({ name }) => only.includes(name))
  const others = taking.filter(({ name }) => name !== reference)
  const head = [...taking.map(({ title }) => title), ...others.map(() => `of ${reference}'s`)]
  /** @param {Record<string, import('./lib/statistics.mjs').Spread>} figures */
  const cells = (figures) => [
    ...taking.map(({ name }) => (figures[name] ? range(figures[name], number) : '–')),
    ...others.map(({ name }) => ratio(ratioOf(figures[name], figures[reference]))),
  ]
  return [
    'Latency: µs for each operation, one after another; median (smallest–largest). Less is better.',
    table(
      ['', ...head],
      summary.map(({ operation, latencyUs }) => [operation, ...cells(latencyUs)]),
    ),
    'Throughput: operations in a second, several at a time; median (smallest–largest). More is better.',
    table(
      ['', 'at a time', ...head],
      summary.map(({ operation, inFlight, perSecond }) => [operation, String(inFlight), ...cells(perSecond)]),
    ),
    list([`${rounds} run(s) each, in turn; three loops of each kind in every run.`]),
  ].join('\n\n')
}

/** @param {import('./lib/statistics.mjs').Spread | undefined} figure @param {import('./lib/statistics.mjs').Spread | undefined} base */
const ratioOf = (figure, base) => (figure && base ? figure.median / base.median : null)

/** @param {number} value */
const number = (value) => (value < 10 ? value.toFixed(1) : String(Math.round(value)))
