/** All Workflows of the project, by name and by binding. */
import { facts } from '../facts.ts'
import { claim } from '../privileged.ts'
import type { WorkflowStub } from './execution.ts'
import { foreignStub } from './foreign-class.ts'
import { Workflow } from './workflow.ts'

const stubs = claim('workflows')
const byName = new Map<string, Workflow>()
const byBinding = new WeakMap<object, Workflow>()

/** Remembers the bindings, before user code can put others in their place. */
export function registerWorkflows(bindings: object): void {
  for (const workflow of facts.workflows) {
    // Bindings come first. A Workflow that is declared besides is the same one.
    if (byName.has(workflow.name)) continue
    const found = stubs.get(workflow.className)
    const isForeign = workflow.className.includes('/')
    const stub = isForeign ? foreignStub(found) : (found as unknown as WorkflowStub)
    const registered = new Workflow(workflow, stub)
    byName.set(workflow.name, registered)
    const binding = workflow.binding && (bindings as Record<string, unknown>)[workflow.binding]
    if (typeof binding === 'object' && binding) byBinding.set(binding, registered)
  }
}

export function workflows(): Iterable<Workflow> {
  return byName.values()
}

export function workflowNamed(name: string): Workflow | undefined {
  return byName.get(name)
}

export function workflowOf(binding: unknown): Workflow | undefined {
  return typeof binding === 'object' && binding ? byBinding.get(binding) : undefined
}
