// How long do whole runs take, and what does each further test file cost?
import { contestants, reference } from './lib/contestants.mjs'
import { canWatchMemory, memoryWatch } from './lib/memory.mjs'
import { makeProject } from './lib/projects.mjs'
import { inTurn, say } from './lib/rounds.mjs'
import { difference, median, spread } from './lib/statistics.mjs'
import { list, ratio, table, time } from './lib/tables.mjs'
import { runVitest, unlessPassed } from './lib/vitest.mjs'

/** The folders of `projects/files` that make each contestant's project. @type {Record<string, string[]>} */
const layers = { ours: ['worker', 'ours'], peer: ['worker', 'peer'], forks: ['forks'] }

/** Every template of a test file has so many tests. */
const testsPerFile = 5

/** Numbers of test files that are measured: one, and enough to see what each further one costs. */
const sizes = /** @type {const} */ ([1, 20])

const [few, many] = sizes

/** What every contestant's test file uses. */
const shape = 'KV and a Durable Object with SQL; D1 is left out'

/** @type {import('./lib/benchmark.mjs').Benchmark} */
export const files = {
  contestants: Object.keys(layers),
  rounds: 7,
  hasParts: false,
  async run({ only, rounds, progress }) {
    const series = await measure(only, rounds, progress)
    const summary = summarize(series)
    return { data: { sizes, testsPerFile, summary, series }, markdown: render(summary, rounds) }
  },
}

/**
 * @typedef {object} Series Everything that was measured of one project.
 * @property {string} contestant
 * @property {number} files
 * @property {import('./lib/command.mjs').Cost[]} runs One for each round.
 * @property {import('./lib/memory.mjs').Peak | null} memory From one more run; `null` where `/proc` is missing.
 */

/**
 * @param {readonly string[]} names @param {number} rounds
 * @param {(line: string) => void} progress
 * @returns {Promise<Series[]>}
 */
async function measure(names, rounds, progress) {
  const projects = sizes.flatMap((size) => names.map((contestant) => project(contestant, size)))
  /** @type {Series[]} */
  const series = []
  for (const { runs, ...work } of await inTurn(projects, rounds, progress)) {
    const memory = canWatchMemory ? await watchMemory(work) : null
    if (memory) say(progress, 'memory', work, megabytes(memory.totalKb))
    series.push({
      contestant: work.contestant,
      files: work.size,
      runs: runs.map(({ cost }) => cost),
      memory,
    })
  }
  return series
}

/** @param {string} contestant @param {number} size */
function project(contestant, size) {
  const folders = layers[contestant].map((layer) => `files/${layer}`)
  return {
    ...makeProject(`files/${contestant}-${size}`, folders, size),
    contestant,
    size,
    problemOf: (/** @type {import('./lib/vitest.mjs').Report} */ report) =>
      unlessPassed(report, size * testsPerFile, size),
  }
}

/** @param {import('./lib/vitest.mjs').Work} work */
async function watchMemory(work) {
  const { watch, peak } = memoryWatch()
  await runVitest(work, watch)
  return peak
}

/**
 * @typedef {object} Summary One contestant.
 * @property {string} name
 * @property {string} title
 * @property {Figure} oneFile Whole command, ms.
 * @property {Figure} manyFiles Whole command, ms.
 * @property {Figure} furtherFile Each file after the first, ms.
 * @property {Use} oneFileUse
 * @property {Use} manyFilesUse
 */

/** @typedef {import('./lib/statistics.mjs').Spread & { ofReference: number | null }} Figure `ofReference` is the ratio to the peer. */

/** @typedef {{ cpuMs: number | null, memory: import('./lib/memory.mjs').Peak | null }} Use */

/** @param {readonly Series[]} series @returns {Summary[]} */
function summarize(series) {
  const plain = contestants.flatMap(({ name, title }) => {
    const one = series.find(({ contestant, files }) => contestant === name && files === few)
    const more = series.find(({ contestant, files }) => contestant === name && files === many)
    return one && more ? [{ name, title, one, more, ...times(one, more) }] : []
  })
  const base = plain.find(({ name }) => name === reference)
  return plain.map(({ name, title, one, more, oneFile, manyFiles, furtherFile }) => ({
    name,
    title,
    oneFile: { ...oneFile, ofReference: ratioOf(oneFile, base?.oneFile) },
    manyFiles: { ...manyFiles, ofReference: ratioOf(manyFiles, base?.manyFiles) },
    furtherFile: { ...furtherFile, ofReference: ratioOf(furtherFile, base?.furtherFile) },
    oneFileUse: use(one),
    manyFilesUse: use(more),
  }))
}

/** @param {Series} one @param {Series} more */
function times(one, more) {
  const few = one.runs.map(({ wallMs }) => wallMs)
  const many = more.runs.map(({ wallMs }) => wallMs)
  return {
    oneFile: spread(few),
    manyFiles: spread(many),
    furtherFile: difference(few, many, more.files - one.files),
  }
}

/** @param {import('./lib/statistics.mjs').Spread} figure @param {import('./lib/statistics.mjs').Spread | undefined} base */
const ratioOf = (figure, base) => (base ? figure.median / base.median : null)

/** @param {Series} series @returns {Use} */
function use({ runs, memory }) {
  const cpu = runs.flatMap(({ cpuMs }) => (cpuMs === null ? [] : [cpuMs]))
  return { cpuMs: cpu.length === runs.length ? median(cpu) : null, memory }
}

/** @param {readonly Summary[]} summary @param {number} rounds */
function render(summary, rounds) {
  const times = table(
    [
      '',
      ...[`${few} file`, `${many} files`, 'each further file'].flatMap((work) => [work, `of ${reference}'s`]),
    ],
    summary.map(({ title, oneFile, manyFiles, furtherFile }) => [
      title,
      ...[oneFile, manyFiles, furtherFile].flatMap((figure) => [time(figure), ratio(figure.ofReference)]),
    ]),
  )
  const resources = table(
    [
      '',
      ...[`${few} file`, `${many} files`].flatMap((work) => [
        `CPU, ${work}`,
        `memory, ${work}`,
        'largest process',
      ]),
    ],
    summary.map(({ title, oneFileUse, manyFilesUse }) => [
      title,
      ...[oneFileUse, manyFilesUse].flatMap(({ cpuMs, memory }) => [
        cpuMs === null ? '–' : `${(cpuMs / 1000).toFixed(2)} s`,
        memory ? megabytes(memory.totalKb) : '–',
        memory ? megabytes(memory.largestKb) : '–',
      ]),
    ]),
  )
  return [
    'Wall clock of the whole command, median (smallest–largest):',
    times,
    'CPU time of all processes (median), peak memory of all processes together and of the largest one (one run):',
    resources,
    list([`${testsPerFile} tests a file: ${shape}.`, `${rounds} run(s) each, in turn, after a warm-up.`]),
  ].join('\n\n')
}

/** @param {number} kb */
const megabytes = (kb) => `${Math.round(kb / 1024)} MB`
