// Runs one command to its end, and says what it cost.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

/** A command that takes longer hangs. */
const TIMEOUT_MS = 300_000

/** Unit of the times in `/proc`; the same on every Linux that Node runs on. */
const MS_PER_TICK = 10

/**
 * @typedef {object} Cost
 * @property {number} wallMs From spawning the command to its exit.
 * @property {number | null} cpuMs User and system time of the command and all its descendants, in steps of
 *   10 ms; `null` where `/proc` is missing.
 */

/**
 * @param {string} program @param {readonly string[]} args
 * @param {object} options
 * @param {string} options.cwd
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string} options.log File that gets everything the command prints.
 * @param {(pid: number) => () => void} [options.watch] Called once the command runs; what it returns is
 *   called when the command has ended.
 * @returns {Promise<Cost & { end: number | string }>} `end` is the exit code, or the signal that ended it.
 */
export async function runCommand(program, args, { cwd, env, log, watch }) {
  const output = openSync(log, 'w')
  const cpuBefore = cpuOfEndedChildren()
  const start = performance.now()
  // A process group of its own can be killed as a whole.
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', output, output], detached: true })
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ wallMs: performance.now() - start, end: code ?? signal }))
  })
  const kill = () => {
    // The group and not its leader alone: runtimes too.
    if (child.pid && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  const timer = setTimeout(kill, TIMEOUT_MS)
  process.once('exit', kill)
  const unwatch = child.pid && watch?.(child.pid)
  try {
    const result = await ended
    const cpuAfter = cpuOfEndedChildren()
    return { ...result, cpuMs: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore }
  } finally {
    if (unwatch) unwatch()
    process.off('exit', kill)
    clearTimeout(timer)
    closeSync(output)
  }
}

/**
 * CPU time of this process's children that have ended, with that of their own children. Exact as long as
 * every process waits for its children, which those measured here do.
 */
function cpuOfEndedChildren() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    // Behind the command's name, which may contain anything: `cutime` and `cstime`, fields 16 and 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[13]) + Number(fields[14])) * MS_PER_TICK
  } catch {
    return null
  }
}
