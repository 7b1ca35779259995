// Who runs when.
import { seconds } from './tables.mjs'
import { runVitest } from './vitest.mjs'

/**
 * Runs everything `rounds` times in turn, so that what disturbs the machine for a while disturbs everybody.
 * @template {import('./vitest.mjs').Work} Work
 * @param {readonly Work[]} all
 * @param {number} rounds
 * @param {(line: string) => void} progress
 * @param {object} [options]
 * @param {boolean} [options.warmUp] Whether everything runs once more before, uncounted, to fill the
 *   caches. Default: `true`.
 * @returns {Promise<(Work & { runs: import('./vitest.mjs').Run[] })[]>}
 */
export async function inTurn(all, rounds, progress, { warmUp = true } = {}) {
  const measured = all.map((work) => ({ ...work, runs: /** @type {import('./vitest.mjs').Run[]} */ ([]) }))
  for (let round = warmUp ? 0 : 1; round <= rounds; round++) {
    const label = round === 0 ? 'warm-up' : `${round}/${rounds}`
    for (const work of measured) {
      const run = await runVitest(work)
      if (round > 0) work.runs.push(run)
      say(progress, label, work, costs(run.cost))
    }
  }
  return measured
}

/** @param {(line: string) => void} progress @param {string} label @param {{ name: string }} work @param {string} text */
export function say(progress, label, { name }, text) {
  progress(`${label.padEnd(8)} ${name.padEnd(24)} ${text}`)
}

/** @param {import('./command.mjs').Cost} cost */
function costs({ wallMs, cpuMs }) {
  return seconds(wallMs) + (cpuMs === null ? '' : `  CPU ${seconds(cpuMs)}`)
}
