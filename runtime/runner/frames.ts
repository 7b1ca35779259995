/**
 * When storage frames are pushed and popped: one for each file, suite and attempt of a test.
 *
 * The hooks are wrapped on the prototype of Vitest's own runner, so a runner of the user's that extends
 * it has frames too. Where exactly they go:
 *
 * - a suite's frame surrounds everything from before its `beforeAll` to after its `afterAll`;
 * - an attempt's frame begins in an outermost `aroundEach`, before the first `beforeEach`, and ends with
 *   the next attempt of the same test, or after the test. Not in the hook itself: fixtures that an
 *   `aroundEach` uses are torn down after it.
 * - tests and suites that overlap share one frame: pushed by the first to start, popped by the last to end.
 *
 * Between two tests there is a frame too, the *guard*: it takes what a test that timed out goes on
 * writing. If nothing has been written to it, it becomes the next attempt's frame, and is replaced
 * otherwise. A suite's `afterAll` writes to it as well. While the guard is the newest frame, and after a
 * frame has ended, no queue delivers anything.
 */
import { TestRunner } from 'vitest'

import { holdDeliveries, releaseDeliveries, startDeliveries } from './deliveries.ts'
import { facts } from './facts.ts'
import { resetForFile } from './file-start.ts'
import { callsArrive } from './io-context.ts'
import {
  markObjects,
  objectsAreUntouched,
  popObjects,
  pushObjects,
  replaceObjects,
} from './objects/frames.ts'
import { callsBegun } from './storage-calls.ts'
import { ask } from './transport.ts'
import { cancelUnreadBodies, popBodies, pushBodies } from './unread-bodies.ts'
import { drain } from './wait-until.ts'
import {
  markWorkflows,
  popWorkflows,
  pushWorkflows,
  releaseWorkflows,
  stopWorkflows,
  undoWorkflows,
} from './workflows/state-frames.ts'

/** The part of Vitest's tasks that frames depend on; equal in all supported versions. */
interface Task {
  id: string
  name: string
  mode: string
  concurrent?: boolean
  suite?: Task
  file?: Task
  result?: { state?: string }
}

type AroundEach = (run: () => Promise<void>, context: { task: Task }) => Promise<void>
type Trace = (name: string, attributes: unknown, callback?: () => unknown) => unknown

/** What we wrap. `trace` is a field of instances, the others are methods. */
interface Runner {
  onBeforeCollect?(paths: unknown): unknown
  onBeforeRunFiles?(files: Task[]): unknown
  onBeforeRunSuite?(suite: Task): unknown
  onAfterRunSuite?(suite: Task): unknown
  onAfterRunFiles?(files: Task[]): unknown
  trace?: Trace
}

/** Wraps the hooks, once for each isolate. */
export function installFrames(): void {
  const prototype = TestRunner.prototype as unknown as Runner
  const base = { ...methodsOf(prototype) }

  prototype.onBeforeCollect = async function (paths) {
    await startFile()
    return base.onBeforeCollect?.call(this, paths)
  }
  prototype.onAfterRunFiles = function (files) {
    if (facts.isolatedStorage !== 'shared') holdDeliveries()
    return base.onAfterRunFiles?.call(this, files)
  }
  prototype.onBeforeRunFiles = async function (files) {
    await inFrameOrder(markStored)
    if (facts.isolatedStorage === 'test') {
      for (const file of files) pushBeforeAttempts(file)
      popAfterTests(this)
    }
    return base.onBeforeRunFiles?.call(this, files)
  }
  if (facts.isolatedStorage !== 'test') return

  prototype.onBeforeRunSuite = async function (suite) {
    await base.onBeforeRunSuite?.call(this, suite)
    // After `super`, which skips suites of a cancelled run. Skipped suites get no `onAfterRunSuite`.
    if (suite.mode === 'skip' || suite.mode === 'todo' || suite.result?.state === 'fail') return
    suitesWithFrame.add(suite)
    await startSuite(suite)
  }
  prototype.onAfterRunSuite = async function (suite) {
    if (suitesWithFrame.delete(suite)) await endSuite(suite)
    return base.onAfterRunSuite?.call(this, suite)
  }
}

const suitesWithFrame = new WeakSet<Task>()
/** Whether something after each test pops its frame; the attempts themselves do otherwise. */
let popsAfterTests = false
/** The test whose attempt has a frame of its own. */
let attempting: Task | undefined
/** Whether the newest frame is the one between two tests. */
let hasGuard = false
/** Calls to storage that had been made when the guard came. */
let callsBeforeGuard = 0
/** Overlapping tests and suites that share the newest frame. */
const overlapping = new Set<Task>()
let sharedFrame: Promise<void> | undefined
/** The end of the last change. */
let changed: Promise<unknown> = Promise.resolve()
let hasFileFrame = false

function methodsOf(prototype: Runner): Runner {
  const { onBeforeCollect, onBeforeRunFiles, onBeforeRunSuite, onAfterRunSuite, onAfterRunFiles } = prototype
  return { onBeforeCollect, onBeforeRunFiles, onBeforeRunSuite, onAfterRunSuite, onAfterRunFiles }
}

/** Changes frames, one change at a time: Vitest goes on without us when a test or a hook times out. */
export function inFrameOrder(change: () => Promise<void>): Promise<void> {
  const done = changed.then(change)
  changed = done.catch(() => {})
  return done
}

/** A runtime that serves several files starts each from empty storage. */
async function startFile(): Promise<void> {
  resetForFile()
  startDeliveries()
  if (facts.isolatedStorage === 'shared') return releaseDeliveries()
  await inFrameOrder(async () => {
    holdDeliveries()
    await dropGuard()
    if (hasFileFrame) await pop(' at the end of the file')
    hasFileFrame = true
    await push('')
  })
}

function startSuite(suite: Task): Promise<void> {
  if (isConcurrent(suite)) return joinSharedFrame(suite)
  return inFrameOrder(() => push(` before suite "${suite.name}"`))
}

const aroundAttempt: AroundEach = async (run, { task }) => {
  if (isConcurrent(task)) await joinSharedFrame(task)
  else {
    await inFrameOrder(async () => {
      await endAttempt(task)
      if (hasGuard && callsBegun() === callsBeforeGuard && objectsAreUntouched()) takeGuardOver()
      else await push(` before test "${task.name}"`)
      attempting = task
    })
  }
  try {
    await run()
  } finally {
    if (!popsAfterTests) await endTest(task.id)
  }
}
// Vitest's own limit for hooks would count what the attempt before left behind, for which ours is longer.
Object.assign(aroundAttempt, { [Symbol.for('VITEST_AROUND_TIMEOUT')]: 0 })

function pushBeforeAttempts(file: Task): void {
  const hooks = TestRunner.getSuiteHooks(file as never) as unknown as
    | { aroundEach?: AroundEach[] }
    | undefined
  // A file that failed at collection has no hooks.
  hooks?.aroundEach?.unshift(aroundAttempt)
}

/** `trace("run.test", …)` surrounds all attempts of one test, teardown included. */
function popAfterTests(runner: Runner): void {
  const { trace } = runner
  if (!trace) return
  popsAfterTests = true
  runner.trace = function (name, attributes, callback) {
    if (name !== 'run.test' || !callback) return trace.call(this, name, attributes, callback)
    const id = (attributes as Record<string, unknown>)['vitest.test.id']
    return trace.call(this, name, attributes, async () => {
      try {
        return await callback()
      } finally {
        await endTest(id)
      }
    })
  }
}

async function endTest(id: unknown): Promise<void> {
  if (attempting?.id === id) return inFrameOrder(() => endAttempt(attempting))
  for (const task of overlapping) if (task.id === id) return leaveSharedFrame(task)
}

/** Undoes an attempt and leaves the guard in its place. */
async function endAttempt(task: Task | undefined): Promise<void> {
  if (!task || attempting !== task) return
  attempting = undefined
  holdDeliveries()
  stopWorkflows()
  cancelUnreadBodies()
  // A call that nobody awaits may be on its way.
  if (!objectsAreUntouched()) await callsArrive()
  await drain(` after test "${task.name}"`)
  try {
    await replaceStored()
  } finally {
    hasGuard = true
    callsBeforeGuard = callsBegun()
  }
}

/** Nothing was written since the guard came, so it serves as the next frame. */
function takeGuardOver(): void {
  hasGuard = false
  releaseDeliveries()
  releaseWorkflows()
}

async function dropGuard(): Promise<void> {
  const had = hasGuard
  hasGuard = false
  if (had) await popStored()
}

function endSuite(suite: Task): Promise<void> {
  if (overlapping.has(suite)) return leaveSharedFrame(suite)
  return inFrameOrder(async () => {
    await dropGuard()
    await pop(` after suite "${suite.name}"`)
  })
}

/** The first of a group that overlaps pushes; the others wait for it. */
async function joinSharedFrame(task: Task): Promise<void> {
  overlapping.add(task)
  sharedFrame ??= inFrameOrder(() => push(` before "${task.name}"`))
  await sharedFrame
}

async function leaveSharedFrame(task: Task): Promise<void> {
  overlapping.delete(task)
  if (overlapping.size > 0) return
  sharedFrame = undefined
  await inFrameOrder(() => pop(` after "${task.name}"`))
}

/** Siblings of a concurrent suite overlap, whatever a test inside says of itself. */
function isConcurrent(task: Task | undefined): boolean {
  for (let each = task; each; each = each.suite) if (each.concurrent) return true
  return false
}

/** Begins a frame. What is under way belongs to those above, or to the guard, which goes. */
async function push(where: string): Promise<void> {
  holdDeliveries()
  await drain(where)
  const had = hasGuard
  hasGuard = false
  await (had ? replaceStored() : pushStored())
  releaseDeliveries()
  releaseWorkflows()
}

async function pop(where: string): Promise<void> {
  holdDeliveries()
  stopWorkflows()
  cancelUnreadBodies()
  await callsArrive()
  await drain(where)
  await popStored()
}

/** What the file's own modules and its setup files have stored. */
async function markStored(): Promise<void> {
  markObjects()
  markWorkflows()
  await ask({ op: 'mark' })
}

// Objects first: what they do to other products until they stop is undone with those.

function pushStored(): Promise<void> {
  return onAllSides(pushObjects, pushWorkflows, pushBodies, () => ask({ op: 'pushFrame' }))
}

function popStored(): Promise<void> {
  return onAllSides(popObjects, popWorkflows, popBodies, () => ask({ op: 'popFrame' }))
}

function replaceStored(): Promise<void> {
  return onAllSides(replaceObjects, undoWorkflows, cancelUnreadBodies, () => ask({ op: 'replaceFrame' }))
}

/** All sides have the same frames, so each changes, also when another fails. */
async function onAllSides(...changes: (() => unknown)[]): Promise<void> {
  const errors: unknown[] = []
  for (const change of changes) {
    try {
      await change()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
