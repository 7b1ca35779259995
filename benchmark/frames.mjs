// What does it cost to undo what each of many tests has written?
import { contestants } from './lib/contestants.mjs'
import { makeProject } from './lib/projects.mjs'
import { inTurn } from './lib/rounds.mjs'
import { difference, spread } from './lib/statistics.mjs'
import { list, range, table, time } from './lib/tables.mjs'
import { unlessPassed } from './lib/vitest.mjs'

/** Tests that write; one more looks at what is left. */
const tests = 300

/**
 * What the tests write to, by the folder of `projects/frames` that says so.
 * @type {readonly { folder: string, products: string[] }[]}
 */
const variants = [
  { folder: 'kv-d1', products: ['KV', 'D1'] },
  { folder: 'all', products: ['KV', 'D1', 'R2', 'Cache'] },
  { folder: 'objects-1', products: ['1 object'] },
  { folder: 'objects-10', products: ['10 objects'] },
  { folder: 'objects-100', products: ['100 objects'] },
]

/**
 * The two ways that each contestant runs in: layers of its project, and what the table calls the second.
 * @type {Record<string, { kept: string[], undone: string[], means: string }>}
 */
const ways = {
  ours: { kept: ['ours', 'ours-kept'], undone: ['ours'], means: '`isolatedStorage`' },
  peer: { kept: ['peer'], undone: ['peer', 'peer-reset'], means: '`afterEach(reset)`' },
}

/** @type {import('./lib/benchmark.mjs').Benchmark} */
export const frames = {
  contestants: Object.keys(ways),
  rounds: 7,
  hasParts: true,
  async run({ only, rounds, match, progress }) {
    const chosen = variants.filter(({ products }) => new RegExp(match).test(products.join(', ')))
    if (chosen.length === 0) throw new Error(`--match ${match}: no tests write to that`)
    const projects = chosen.flatMap((variant) =>
      only.flatMap((contestant) => [
        project(contestant, variant, 'kept'),
        project(contestant, variant, 'undone'),
      ]),
    )
    const measured = await inTurn(projects, rounds, progress)
    const series = measured.map(({ contestant, products, way, runs }) => ({
      contestant,
      products,
      way,
      runs: runs.map(({ cost }) => cost),
    }))
    const summary = summarize(series)
    return { data: { tests, summary, series }, markdown: render(summary, rounds) }
  },
}

/** @typedef {'kept' | 'undone'} Way */

/**
 * @typedef {object} Series
 * @property {string} contestant
 * @property {string[]} products
 * @property {Way} way
 * @property {import('./lib/command.mjs').Cost[]} runs One for each round.
 */

/** @param {string} contestant @param {typeof variants[number]} variant @param {Way} way */
function project(contestant, { folder, products }, way) {
  const layers = ['worker', folder, ...ways[contestant][way]]
  return {
    ...makeProject(
      `frames/${folder}-${contestant}-${way}`,
      layers.map((layer) => `frames/${layer}`),
    ),
    contestant,
    products,
    way,
    problemOf: (/** @type {import('./lib/vitest.mjs').Report} */ report) =>
      unlessPassed(report, tests + 1) ?? unlessLeft(report, way === 'kept' ? products : []),
  }
}

/**
 * Nothing, if what the first and the last test wrote to these products is left, and nothing else.
 * @param {import('./lib/vitest.mjs').Report} report @param {string[]} products @returns {string | undefined}
 */
function unlessLeft({ testResults }, products) {
  const expected = products.flatMap((product) => [`${product} 1`, `${product} ${tests}`]).join(', ')
  const found = testResults[0].assertionResults.flatMap(({ meta }) => meta.left ?? []).join(', ')
  return found === expected ? undefined : `it left "${found}" instead of "${expected}"`
}

/**
 * @typedef {object} Summary One contestant with one set of products. All times in ms, of the whole command.
 * @property {string} title
 * @property {string} means
 * @property {string[]} products
 * @property {import('./lib/statistics.mjs').Spread} kept
 * @property {import('./lib/statistics.mjs').Spread} undone
 * @property {import('./lib/statistics.mjs').Spread} added
 */

/** @param {readonly Series[]} series @returns {Summary[]} */
function summarize(series) {
  return series.flatMap(({ contestant, products, way, runs }) => {
    const other = series.find(
      (other) => other.contestant === contestant && other.products === products && other.way === 'undone',
    )
    const title = contestants.find(({ name }) => name === contestant)?.title ?? contestant
    if (way !== 'kept' || !other) return []
    const kept = runs.map(({ wallMs }) => wallMs)
    const undone = other.runs.map(({ wallMs }) => wallMs)
    const added = difference(kept, undone)
    const { means } = ways[contestant]
    return [{ title, means, products, kept: spread(kept), undone: spread(undone), added }]
  })
}

/** @param {readonly Summary[]} summary @param {number} rounds */
function render(summary, rounds) {
  return [
    `Wall clock of the whole command with ${tests} tests that write, median (smallest–largest):`,
    table(
      ['', 'tests write to', 'kept', 'undone after each test', 'added', 'added by each test'],
      summary.map(({ title, means, products, kept, undone, added }) => [
        `${title}, ${means}`,
        products.join(', '),
        time(kept),
        time(undone),
        time(added),
        range(added, (ms) => (ms / tests).toFixed(2), ' ms'),
      ]),
    ),
    list([`${rounds} run(s) each, in turn, after a warm-up.`]),
  ].join('\n\n')
}
