// The summary as Markdown.
import { reference, shape, sizes, testsPerFile } from './contestants.mjs'

const [few, many] = sizes

/**
 * @param {readonly import('./summary.mjs').Summary[]} summary
 * @param {import('./machine.mjs').Machine} machine
 * @param {number} rounds
 */
export function renderMarkdown(summary, machine, rounds) {
  const times = table(
    [
      '',
      ...[`${few} file`, `${many} files`, 'each further file'].flatMap((work) => [work, `of ${reference}'s`]),
    ],
    summary.map(({ title, oneFile, manyFiles, furtherFile }) => [
      title,
      ...[oneFile, manyFiles, furtherFile].flatMap((figure) => [time(figure), ratio(figure)]),
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
    describe(machine, rounds),
  ].join('\n\n')
}

/** @param {import('./machine.mjs').Machine} machine @param {number} rounds */
function describe(machine, rounds) {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`)
  const lines = [
    `${testsPerFile} tests a file: ${shape}.`,
    `${rounds} run(s) each, in turn, after a warm-up. Addon: ${machine.addon} build. Commit: ${machine.commit}.`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, load ${machine.load.toFixed(2)} before.`,
    `Node ${machine.node}, ${versions.join(', ')}. ${machine.date.slice(0, 10)}.`,
  ]
  return lines.map((line) => `- ${line}`).join('\n')
}

/** @param {import('./statistics.mjs').Spread} spread */
function time({ median, min, max }) {
  const [middle, low, high] = [median, min, max].map((ms) => (ms / 1000).toFixed(ms < 1000 ? 3 : 2))
  return `${middle} s (${low}–${high})`
}

/** @param {import('./summary.mjs').Figure} figure */
const ratio = ({ ofReference }) => (ofReference === null ? '–' : `${ofReference.toFixed(2)} ×`)

/** @param {number} kb */
const megabytes = (kb) => `${Math.round(kb / 1024)} MB`

/** @param {string[]} head @param {string[][]} rows */
function table(head, rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  )
}
