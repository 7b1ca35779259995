/**
 * Built-in modules of Node that the Worker under test imports. Vitest needs Node compatibility, so in tests they are always
 * there; a Worker that is not deployed with it would fail in production, and should hear of it here.
 */
import { relative } from 'node:path'
import type { TestProject } from 'vitest/node'

import { nodeBuiltin } from './resolution.ts'

type Environment = TestProject['vite']['environments']['ssr']

/** What the compatibility settings give the Worker in production: everything, `AsyncLocalStorage` alone, or nothing. */
export type NodeCompatibility = 'all' | 'als' | 'none'

/** Which file of the Worker's own imports what it will not have, as far as Vite has seen the files in this run. */
export async function missingBuiltins(
  project: TestProject,
  main: string,
  compatibility: NodeCompatibility,
): Promise<string[]> {
  if (compatibility === 'all') return []
  const environment = project.vite.environments.ssr
  const found = new Map<string, Set<string>>()
  const seen = new Set<string>()
  const pending = [main]
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    const result = environment.moduleGraph.getModuleById(id)?.transformResult
    for (const specifier of [...(result?.deps ?? []), ...(result?.dynamicDeps ?? [])]) {
      const builtin = nodeBuiltin(specifier)
      if (!builtin) {
        const target = await resolve(environment, specifier, id)
        if (target) pending.push(target)
      } else if (compatibility === 'none' || builtin !== 'node:async_hooks') {
        const file = relative(project.config.root, id)
        found.set(file, (found.get(file) ?? new Set()).add(builtin))
      }
    }
  }
  return [...found].map(([file, builtins]) => `${file} imports ${[...builtins].join(', ')}`)
}

async function resolve(
  environment: Environment,
  specifier: string,
  importer: string,
): Promise<string | undefined> {
  if (specifier.startsWith('/@fs/')) return specifier.slice('/@fs'.length)
  const resolved = await environment.pluginContainer.resolveId(specifier, importer)
  // What packages import is theirs, and Wrangler polyfills or refuses it when it bundles them.
  return resolved && !resolved.external && !resolved.id.includes('/node_modules/') ? resolved.id : undefined
}

/** What the user should know. */
export function builtinWarning(missing: readonly string[]): string {
  if (missing.length === 0) return ''
  return (
    `the Worker imports modules of Node that it will not have in production:\n  ${missing.join('\n  ')}\n` +
    'Tests have them, because Vitest needs them.\n' +
    'help: add "nodejs_compat" to the `compatibility_flags`, or import something else'
  )
}
