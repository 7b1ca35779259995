// Feeds arbitrary bytes to whatever parses bytes that we did not write, with libFuzzer on the toolchain that
// builds everything else. CONTRIBUTING says what to do with a finding.
//
// node scripts/fuzz.mjs [kv | options | …]… [--seconds 60] [--no-build]
// node scripts/fuzz.mjs kv --input <file>
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { hostTarget, path, run } from './tools.mjs'

// What cargo-fuzz tells a nightly compiler, less what only that knows (sanitizers).
const COVERAGE = [
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
  '--cfg fuzzing',
]

/** Files of words that help a target, besides its seeds. @type {Record<string, string[]>} */
const DICTIONARIES = {
  kv: ['script', 'kv'],
  r2: ['script', 'r2'],
  d1: ['script', 'd1'],
  cache: ['script', 'cache'],
  queue: ['script', 'queue'],
  queue_result: ['queue'],
  options: ['options'],
  cjs_exports: ['modules'],
  esm: ['modules'],
  linked_module: ['modules'],
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    input: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
if (!Number.isInteger(seconds) || seconds < 1) fail(`--seconds ${values.seconds}: not a number of seconds`)
const targets = readdirSync(path('fuzz/fuzz_targets')).map((file) => file.replace(/\.rs$/, ''))
for (const name of positionals) {
  if (!targets.includes(name)) fail(`${name}: there are ${targets.join(', ')}`)
}
const chosen = positionals.length > 0 ? positionals : targets
if (values.input !== undefined && chosen.length !== 1) fail('--input: say which one target it is for')

const host = hostTarget()
if (!values['no-build']) {
  // The target is named so that build scripts and macros are compiled without all this.
  const args = ['build', '--release', '--locked', '--manifest-path', 'fuzz/Cargo.toml', '--target', host]
  const env = { ...process.env, CARGO_TARGET_DIR: path('fuzz/target'), RUSTFLAGS: COVERAGE.join(' ') }
  run('cargo', [...args, ...chosen.flatMap((target) => ['--bin', target])], { env })
}

// What a target leaves behind when it is ended from within.
const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => process.exit(1))

const failed = chosen.filter((target) => !fuzz(target))
if (failed.length > 0) fail(`\nFound something: ${failed.join(', ')}. The inputs are in fuzz/artifacts.`)
console.log(`\nFound nothing: ${chosen.join(', ')}.`)

/** Whether all went well. @param {string} target */
function fuzz(target) {
  console.log(`\n${target}`)
  const artifacts = path(`fuzz/artifacts/${target}/`)
  const found = path(`fuzz/target/corpus/${target}`)
  for (const folder of [artifacts, found]) mkdirSync(folder, { recursive: true })
  // A slow input takes a second where everything is compiled to be watched; D1 has no limit on it at all.
  const args = [`-artifact_prefix=${artifacts}`, '-timeout=20', '-rss_limit_mb=4096']
  if (values.input === undefined) {
    args.push(`-max_total_time=${seconds}`, '-print_final_stats=1')
    const words = (DICTIONARIES[target] ?? []).map((name) =>
      readFileSync(path(`fuzz/dictionaries/${name}.dict`), 'utf8'),
    )
    const dictionary = join(folder, `${target}.dict`)
    writeFileSync(dictionary, words.join('\n'))
    if (words.length > 0) args.push(`-dict=${dictionary}`)
    // What is found goes into the first folder.
    args.push(found)
    const seeds = path(`fuzz/corpus/${target}`)
    if (existsSync(seeds)) args.push(seeds)
  } else {
    args.push(resolve(values.input))
  }
  const program = path(`fuzz/target/${host}/release/${target}`)
  const env = { ...process.env, TMPDIR: folder, RUST_BACKTRACE: '1' }
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', env })
  if (error) fail(`${program}: ${error.message}`)
  return status === 0
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message)
  process.exit(1)
}
