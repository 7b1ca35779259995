/**
 * Storage frames of Workflows. Instances are plain data, so a frame is a copy of them; what runs is cut off when
 * a frame ends, and runs again from its finished steps if it belonged to an outer one.
 *
 * Between two tests nothing runs, as nothing is delivered by queues.
 */
import { enterFrame, isReleased, leaveFrame, setReleased } from './changes.ts'
import { workflows } from './registry.ts'
import type { Workflow, WorkflowState } from './workflow.ts'

type Frame = Map<Workflow, WorkflowState>

const frames: Frame[] = []
/** What setup files left. */
let marked: Frame = new Map()

function copyOfAll(): Frame {
  return new Map([...workflows()].map((workflow) => [workflow, workflow.copyState()]))
}

/** A frame is about to end: nothing begins from now on, so that what is under way comes to an end. */
export function stopWorkflows(): void {
  setReleased(false)
  for (const workflow of workflows()) workflow.stop()
}

/** What should run does. */
export function releaseWorkflows(): void {
  setReleased(true)
  for (const workflow of workflows()) workflow.release()
}

export function pushWorkflows(): void {
  enterFrame()
  frames.push(copyOfAll())
}

/** Returns to the beginning of the newest frame, and stays in it. */
export function undoWorkflows(): void {
  popWorkflows()
  pushWorkflows()
}

/** Returns to the beginning of the newest frame, and leaves it. */
export function popWorkflows(): void {
  leaveFrame()
  for (const [workflow, state] of frames.pop() ?? []) workflow.setState(state)
  // Of another file.
  if (frames.length === 0) marked = new Map()
}

/** Remembers what there is now, for {@link resetWorkflows}. */
export function markWorkflows(): void {
  marked = copyOfAll()
}

/** Leaves no instance, or those of the mark, until the newest frame ends. */
export function resetWorkflows({ toMark }: { toMark: boolean }): void {
  for (const workflow of workflows()) workflow.reset(toMark ? marked.get(workflow) : undefined)
  // What runs on must not change what a later reset goes back to.
  if (toMark) marked = copyOfAll()
  if (isReleased()) releaseWorkflows()
}
