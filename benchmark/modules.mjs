// How much of a cold start goes into loading packages, and how much has workerd to ask for?
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { contestants, reference } from './lib/contestants.mjs'
import { inRepository } from './lib/folders.mjs'
import { makeProject } from './lib/projects.mjs'
import { inTurn } from './lib/rounds.mjs'
import { spread } from './lib/statistics.mjs'
import { list, ratio, table, time } from './lib/tables.mjs'
import { unlessPassed } from './lib/vitest.mjs'

const KINDS = /** @type {const} */ (['packages', 'nothing'])

/** @type {import('./lib/benchmark.mjs').Benchmark} */
export const modules = {
  contestants: ['ours', 'peer'],
  rounds: 7,
  hasParts: false,
  async run({ only, rounds, progress }) {
    const projects = only.flatMap((contestant) => KINDS.map((kind) => projectOf(contestant, kind)))
    const measured = await inTurn(projects, rounds, progress)
    const rows = only.map((contestant) => {
      const of = (/** @type {string} */ kind) =>
        measured.find((work) => work.contestant === contestant && work.kind === kind)
      const [packages, nothing] = KINDS.map((kind) =>
        spread((of(kind)?.runs ?? []).map(({ cost }) => cost.wallMs)),
      )
      if (!packages || !nothing) throw new Error(`${contestant}: not measured`)
      const loading = packages.median - nothing.median
      return { contestant, packages, nothing, loading, ...fallbackOf(of('packages')?.folder ?? '') }
    })
    return { data: { rows }, markdown: render(rows, rounds) }
  },
}

/** @param {string} contestant @param {(typeof KINDS)[number]} kind */
function projectOf(contestant, kind) {
  const project = makeProject(`modules/${contestant}-${kind}`, [`modules/${kind}`, `modules/${contestant}`])
  symlinkSync(inRepository('__test__/packages/node_modules'), join(project.folder, 'node_modules'))
  return {
    ...project,
    contestant,
    kind,
    /** @param {import('./lib/vitest.mjs').Report} report */
    problemOf: (report) => {
      // Of the last run alone.
      if (contestant === 'ours') keepLastLine(join(project.folder, 'fallback.log'))
      return unlessPassed(report, 1)
    },
  }
}

/** @param {string} log */
function keepLastLine(log) {
  if (existsSync(log)) lastLine = readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? ''
  rmSync(log, { force: true })
  if (lastLine.includes('requests=')) lines.set(log, lastLine)
}

let lastLine = ''
/** @type {Map<string, string>} */
const lines = new Map()

/**
 * What the fallback did in one run: how often it was asked, and how long it worked, if it says that.
 * @param {string} folder @returns {{ requests: number | null, modules: number | null, busyMs: number | null }}
 */
function fallbackOf(folder) {
  const line = lines.get(join(folder, 'fallback.log'))
  if (line) {
    const value = (/** @type {string} */ name) => Number(new RegExp(`${name}=(\\d+)`).exec(line)?.[1])
    return { requests: value('requests'), modules: value('modules'), busyMs: value('busy_us') / 1000 }
  }
  const counted = join(folder, 'fallback.json')
  const requests = existsSync(counted) ? JSON.parse(readFileSync(counted, 'utf8')).requests : null
  return { requests, modules: null, busyMs: null }
}

/**
 * @typedef {import('./lib/statistics.mjs').Spread} Spread
 * @typedef {{ contestant: string, packages: Spread, nothing: Spread, loading: number }
 *   & ReturnType<typeof fallbackOf>} Row
 */

/** @param {readonly Row[]} rows @param {number} rounds */
function render(rows, rounds) {
  const base = rows.find(({ contestant }) => contestant === reference)?.loading ?? null
  const count = (/** @type {number | null} */ value) => (value === null ? '–' : String(value))
  return [
    'One test file that imports 19 packages, and one that imports none; wall time of the whole command.',
    table(
      [
        '',
        'with packages',
        'without',
        'loading them',
        'share',
        `of ${reference}'s`,
        'requests',
        'modules',
        'per second',
      ],
      rows.map(({ contestant, packages, nothing, loading, requests, modules, busyMs }) => [
        contestants.find(({ name }) => name === contestant)?.title ?? contestant,
        time(packages),
        time(nothing),
        `${(loading / 1000).toFixed(3)} s`,
        `${Math.round((loading / packages.median) * 100)} %`,
        ratio(base && loading / base),
        count(requests),
        count(modules),
        modules && busyMs ? String(Math.round((modules / busyMs) * 1000)) : '–',
      ]),
    ),
    list([
      `${rounds} run(s) each, in turn, after one that is not counted.`,
      'Requests are those of workerd for modules. Modules per second are those that our fallback answers with, while it works.',
    ]),
  ].join('\n\n')
}
