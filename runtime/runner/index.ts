/**
 * The runner: Vitest's in-worker runtime inside an isolate that is also the Worker under test. The entry
 * module, which the host writes for each project, makes its exports from these.
 */
export { AuxiliaryLogs } from './auxiliary-logs.ts'
export { durableObject } from './objects/wrapper.ts'
export { entrypoint } from './entrypoints.ts'
export { Door, RunnerObject } from './runner-object.ts'
export { start } from './start.ts'
export { workflow } from './workflow-entrypoints.ts'
export { Workflows } from './workflows/binding.ts'
