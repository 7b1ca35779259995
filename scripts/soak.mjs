// Runs one fixture many times, to find what fails once in a thousand. Each run has to end with 0 and to leave
// neither a process nor a folder.
//
//   node scripts/soak.mjs objects --runs 1000 --jobs 2 -- alarms reset
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

import { node, path } from './tools.mjs'

// The harness is TypeScript with packages of ours, so the newer Node runs this.
if (process.execPath !== node()) {
  const { status } = spawnSync(node(), process.argv.slice(1), { stdio: 'inherit' })
  process.exit(status ?? 1)
}
const { Project, VERSIONS } = await import(path('__test__/e2e/harness.ts'))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '100' },
    jobs: { type: 'string', default: '1' },
    vitest: { type: 'string', default: VERSIONS[0].version },
  },
})
const [fixture, ...args] = positionals
const counts = [values.runs, values.jobs].map(Number)
const home = VERSIONS.find(({ version }) => version === values.vitest)?.home
if (!fixture || !home || counts.some((count) => !Number.isSafeInteger(count) || count < 1)) {
  const versions = VERSIONS.map(({ version }) => version).join(' | ')
  console.error(
    `usage: node scripts/soak.mjs <fixture> [--runs N] [--jobs N] [--vitest ${versions}] [-- <Vitest's arguments>]`,
  )
  process.exit(2)
}

let started = 0
let ended = 0
let failed = 0

async function work() {
  const project = new Project(`__test__/fixtures/${fixture}`, home)
  while (started < counts[0]) {
    started += 1
    try {
      const { code, output } = await project.run(...args)
      if (code !== 0) throw new Error(`exit code ${code}:\n${output}`)
    } catch (error) {
      failed += 1
      console.error(error instanceof Error ? error.message : error)
    }
    ended += 1
    if (ended % 50 === 0) console.log(`${ended} runs, ${failed} failed`)
  }
  project.remove()
}

await Promise.all(Array.from({ length: counts[1] }, work))
console.log(`${ended} runs of ${fixture} on Vitest ${values.vitest}, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
