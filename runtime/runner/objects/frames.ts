/**
 * What Durable Objects have stored, in storage frames. It is in files of workerd's, which the host keeps and
 * puts back (`src/durable_objects`) while no object runs: see docs/design/durable-objects.md.
 *
 * Each level of frames has a *snapshot*, the state that it began with. Nothing is asked of the host as long as
 * no object is used.
 */

import { claimBlockingCalls } from '../blocking-call.ts'
import { facts } from '../facts.ts'
import { callsArrive } from '../io-context.ts'
import { settlesInTime } from '../wait-until.ts'
import { objectActivity } from './activity.ts'
import {
  allAlarmsChanged,
  hasChangedAlarms,
  popAlarms,
  pushAlarms,
  restoreAlarms,
  silenceAlarms,
} from './alarms.ts'
import { abortAll, evictAll } from './eviction.ts'
import { renewStubs } from './stubs.ts'

/** How long objects may take to stop by themselves when a frame begins. One that has a WebSocket open never does. */
const EVICTION_LIMIT_MS = 50

/** The host's name for the state in which no object has ever run. */
const EMPTY = 0

const askBlocking = claimBlockingCalls('objects')

/** Snapshots of the frames that are open, outermost first. */
const levels: number[] = []
/** What the files are equal to, unless an object was used since. */
let current = EMPTY
let newest = EMPTY
let activityThen = 0
/** Whether objects went on running through the last snapshot. */
let isRunning = false
/** What setup files left. */
let marked = EMPTY

function isUntouched(): boolean {
  return !facts.hasAuxiliaryObjects && !isRunning && objectActivity() === activityThen
}

/** Whether the files are equal to a snapshot, and nothing runs. */
function isAt(snapshot: number): boolean {
  return isUntouched() && current === snapshot
}

/** What the newest frame began with. */
function top(): number {
  return levels.at(-1) ?? EMPTY
}

/** Begins a frame: stops all objects, and keeps what they have stored. */
export async function pushObjects(): Promise<void> {
  if (!isUntouched()) {
    // Gracefully first, so that all is stored which is on its way.
    await settlesInTime([evictAll('close').catch(() => {})], EVICTION_LIMIT_MS)
    cutOff()
  }
  try {
    snapshot()
  } finally {
    levels.push(current)
    pushAlarms()
  }
}

/** Ends the newest frame: stops all objects, and undoes what they have stored since its push. */
export async function popObjects(): Promise<void> {
  const target = levels.pop() ?? EMPTY
  if (levels.length === 0) marked = EMPTY
  try {
    await restore(target)
  } finally {
    popAlarms()
  }
}

/** Undoes the newest frame and goes on in another. */
export async function replaceObjects(): Promise<void> {
  await restore(top())
}

/** Remembers what objects have stored now, for {@link resetObjects}. Those that run go on. */
export function markObjects(): void {
  marked = snapshot()
}

/** Leaves nothing stored, or what was there at the mark, until the newest frame ends. */
export async function resetObjects({ toMark }: { toMark: boolean }): Promise<void> {
  allAlarmsChanged()
  await callsArrive()
  await restore(toMark ? marked : EMPTY)
  // And will again, when the frame ends.
  allAlarmsChanged()
}

/** Whether nobody has used an object since the newest frame began, or was undone. */
export function objectsAreUntouched(): boolean {
  return isAt(top())
}

/** Names what objects have stored. What still runs has its state in memory besides. */
function snapshot(): number {
  if (isUntouched()) return current
  newest += 1
  isRunning = askBlocking(`snapshot/${newest}`) === 'running'
  current = newest
  activityThen = objectActivity()
  return current
}

/** Stops all objects, and makes their files what they were. */
async function restore(target: number): Promise<void> {
  if (isAt(target)) return
  if (hasChangedAlarms()) {
    cutOff()
    await silenceAlarms()
  }
  // Later ones are of frames that have ended.
  newest = Math.max(target, marked, ...levels)
  // No turn of the event loop lies between the two, and during the call nothing runs.
  cutOff()
  askBlocking(`restore/${target}/${newest}`)
  if (hasChangedAlarms()) await restoreAlarms()
  current = target
  isRunning = false
  activityThen = objectActivity()
}

/** Resets all objects: calls reject, sockets close, timers end. */
function cutOff(): void {
  abortAll().catch(() => {})
  renewStubs()
}
