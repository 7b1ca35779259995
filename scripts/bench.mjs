// How long do whole test runs take, next to the other ways of running them? `benchmark/README.md` says
// what is measured and how to read it.
//
// node scripts/bench.mjs [--runs 7] [--only ours]… [--no-build]
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { contestants, sizes, testsPerFile } from '../benchmark/lib/contestants.mjs'
import { setup } from './setup.mjs'
import { describeMachine } from '../benchmark/lib/machine.mjs'
import { renderMarkdown } from '../benchmark/lib/markdown.mjs'
import { measure } from '../benchmark/lib/measure.mjs'
import { summarize } from '../benchmark/lib/summary.mjs'
import { path, run } from './tools.mjs'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    only: { type: 'string', multiple: true, default: contestants.map(({ name }) => name) },
    'no-build': { type: 'boolean', default: false },
  },
})
const rounds = Number(values.runs)
if (!Number.isInteger(rounds) || rounds < 1) fail(`--runs ${values.runs}: not a number of runs`)
for (const name of values.only) {
  if (contestants.some((contestant) => contestant.name === name)) continue
  fail(`--only ${name}: there are ${contestants.map((contestant) => contestant.name).join(', ')}`)
}

// Ctrl-C has to reach the handlers that end what was started.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => process.exit(1))

if (!values['no-build']) run(process.execPath, [path('scripts/build.mjs'), '--release'])
try {
  setup('benchmark/')
  const machine = describeMachine()
  console.error(`Addon: ${machine.addon} build.`)
  if (machine.addon === 'debug') console.error('The times below say nothing about a release.')
  if (machine.load > 0.5)
    console.error(
      `Load ${machine.load.toFixed(2)}: unless that was the build, other work disturbs the times below.`,
    )

  const series = await measure(values.only, rounds, (line) => console.error(line))
  const summary = summarize(series)
  const result = { machine, rounds, sizes, testsPerFile, summary, series }
  mkdirSync(path('benchmark/.run'), { recursive: true })
  writeFileSync(path('benchmark/.run/result.json'), `${JSON.stringify(result, null, 2)}\n`)
  console.log(`\n${renderMarkdown(summary, machine, rounds)}`)
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message)
  process.exit(1)
}
