// The measurement itself: who runs when.
import { contestants, sizes } from './contestants.mjs'
import { canWatchMemory, memoryWatch } from './memory.mjs'
import { makeProject } from './projects.mjs'
import { runVitest } from './vitest.mjs'

/**
 * @typedef {object} Series Everything that was measured of one project.
 * @property {string} contestant
 * @property {number} files
 * @property {import('./command.mjs').Cost[]} runs One for each round.
 * @property {import('./memory.mjs').Peak | null} memory From one more run; `null` where `/proc` is missing.
 */

/**
 * Runs everybody once to fill the caches, then `rounds` times in turn, so that what disturbs the machine
 * for a while disturbs everybody; then once more to watch memory.
 * @param {readonly string[]} names @param {number} rounds
 * @param {(line: string) => void} progress
 * @returns {Promise<Series[]>}
 */
export async function measure(names, rounds, progress) {
  const taking = contestants.filter(({ name }) => names.includes(name))
  const projects = sizes.flatMap((files) => taking.map((contestant) => makeProject(contestant, files)))
  const all = projects.map((project) => ({
    project,
    runs: /** @type {import('./command.mjs').Cost[]} */ ([]),
  }))
  /** @param {string} label @param {import('./projects.mjs').Project} project @param {string} text */
  const say = (label, { contestant, files }, text) =>
    progress(`${label.padEnd(8)} ${contestant.name.padEnd(6)} ${String(files).padStart(2)} file(s)  ${text}`)

  for (const { project } of all) {
    const { wallMs } = await runVitest(project)
    say('warm-up', project, seconds(wallMs))
  }
  for (let round = 1; round <= rounds; round++) {
    for (const { project, runs } of all) {
      const cost = await runVitest(project)
      runs.push(cost)
      const cpu = cost.cpuMs === null ? '' : `  CPU ${seconds(cost.cpuMs)}`
      say(`${round}/${rounds}`, project, seconds(cost.wallMs) + cpu)
    }
  }
  /** @type {Series[]} */
  const series = []
  for (const { project, runs } of all) {
    const memory = canWatchMemory ? await watchMemory(project) : null
    if (memory) say('memory', project, `${Math.round(memory.totalKb / 1024)} MB`)
    series.push({ contestant: project.contestant.name, files: project.files, runs, memory })
  }
  return series
}

/** @param {import('./projects.mjs').Project} project */
async function watchMemory(project) {
  const { watch, peak } = memoryWatch()
  await runVitest(project, watch)
  return peak
}

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(3)} s`
