// How fast is this package, next to the other ways of running tests? `benchmark/README.md` says what is
// measured and how to read it.
//
// node scripts/bench.mjs [files | modules | operations | frames | storage]… [--runs 7] [--only ours]… [--match KV] [--no-build]
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { files } from '../benchmark/files.mjs'
import { frames } from '../benchmark/frames.mjs'
import { describeMachine, machineLines } from '../benchmark/lib/machine.mjs'
import { list } from '../benchmark/lib/tables.mjs'
import { modules } from '../benchmark/modules.mjs'
import { operations } from '../benchmark/operations.mjs'
import { setup } from './setup.mjs'
import { path, run } from './tools.mjs'

/** @type {Record<string, import('../benchmark/lib/benchmark.mjs').Benchmark>} */
const benchmarks = { files, modules, operations, frames }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    only: { type: 'string', multiple: true },
    match: { type: 'string', default: '' },
    'no-build': { type: 'boolean', default: false },
  },
})
const rounds = values.runs === undefined ? undefined : Number(values.runs)
if (rounds !== undefined && (!Number.isInteger(rounds) || rounds < 1))
  fail(`--runs ${values.runs}: not a number of runs`)

const names = (positionals.length > 0 ? positionals : ['files']).flatMap((name) =>
  name === 'storage' ? ['operations', 'frames'] : [name],
)
for (const name of names) {
  const benchmark = benchmarks[name]
  if (!benchmark)
    fail(`${name}: there are ${Object.keys(benchmarks).join(', ')}, and storage for the last two`)
  for (const contestant of values.only ?? []) {
    if (!benchmark.contestants.includes(contestant))
      fail(`--only ${contestant}: ${name} has ${benchmark.contestants.join(', ')}`)
  }
  if (values.match && !benchmark.hasParts) fail(`--match: ${name} has no parts`)
}

// Ctrl-C has to reach the handlers that end what was started.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => process.exit(1))

if (!values['no-build']) run(process.execPath, [path('scripts/build.mjs'), '--release'])
try {
  setup('benchmark/')
  if (names.includes('modules')) setup('__test__/packages/')
  const machine = describeMachine()
  console.error(`Addon: ${machine.addon} build.`)
  if (machine.addon === 'debug') console.error('The times below say nothing about a release.')
  if (machine.load > 0.5)
    console.error(
      `Load ${machine.load.toFixed(2)}: unless that was the build, other work disturbs the times below.`,
    )

  mkdirSync(path('benchmark/.run'), { recursive: true })
  for (const name of names) {
    const benchmark = benchmarks[name]
    const request = {
      // In the order of the tables.
      only: benchmark.contestants.filter((contestant) => values.only?.includes(contestant) ?? true),
      rounds: rounds ?? benchmark.rounds,
      match: values.match,
      progress: (/** @type {string} */ line) => console.error(line),
    }
    const { data, markdown } = await benchmark.run(request)
    const result = { machine, rounds: request.rounds, ...data }
    writeFileSync(path(`benchmark/.run/${name}.json`), `${JSON.stringify(result, null, 2)}\n`)
    console.log(`\n${markdown}`)
  }
  console.log(list(machineLines(machine)))
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message)
  process.exit(1)
}
