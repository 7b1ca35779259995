// Watches the memory of a command and all its descendants, through `/proc`.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Peaks of less than this go unseen. */
const INTERVAL_MS = 20

/**
 * @typedef {object} Peak
 * @property {number} totalKb All processes at one time: what each has for itself, and once for each
 *   executable what it has mapped from files.
 * @property {number} largestKb The resident peak of the largest process, mapped files included.
 * @property {number} processes The most that were alive at one time.
 */

/** Whether this system can be asked. */
export const canWatchMemory = existsSync('/proc/self/status')

/**
 * Samples until the function that `watch` returns is called. Sampling takes time from the processes, so
 * a watched command is not timed.
 * @returns {{ watch: (pid: number) => () => void, peak: Peak }}
 */
export function memoryWatch() {
  const peak = { totalKb: 0, largestKb: 0, processes: 0 }
  return {
    peak,
    watch(root) {
      const family = new Set([root])
      const timer = setInterval(() => sample(family, peak), INTERVAL_MS)
      return () => clearInterval(timer)
    },
  }
}

/**
 * The kernel's own sum of shared pages (PSS) would not do: it divides the pages of an executable among
 * everyone who runs it, so another Node on the machine makes a contestant look smaller.
 * @param {Set<number>} family Every process that was ever seen below the command. @param {Peak} peak
 */
function sample(family, peak) {
  let totalKb = 0
  let processes = 0
  /** @type {Map<string, number>} */
  const filesKb = new Map()
  // A parent mostly has a lower number than its children; if not, they are found in the next sample.
  const all = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .sort((a, b) => a - b)
  for (const pid of all) {
    const status = read(`/proc/${pid}/status`)
    const parent = field(status, 'PPid')
    if (!family.has(pid) && !family.has(parent)) continue
    family.add(pid)
    if (isStillItsParent(pid, parent)) continue
    processes += 1
    totalKb += field(status, 'RssAnon') + field(status, 'RssShmem')
    const executable = executableOf(pid)
    filesKb.set(executable, Math.max(filesKb.get(executable) ?? 0, field(status, 'RssFile')))
    peak.largestKb = Math.max(peak.largestKb, field(status, 'VmHWM'))
  }
  for (const kb of filesKb.values()) totalKb += kb
  peak.totalKb = Math.max(peak.totalKb, totalKb)
  peak.processes = Math.max(peak.processes, processes)
}

/** Between `fork` and `exec` a process has its parent's memory, which would count twice. @param {number} pid @param {number} parent */
function isStillItsParent(pid, parent) {
  return read(`/proc/${pid}/cmdline`) === read(`/proc/${parent}/cmdline`)
}

/** @param {number} pid */
function executableOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return '' // It has just ended.
  }
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // It has just ended.
  }
}

/** @param {string} text @param {string} name */
function field(text, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)
}
