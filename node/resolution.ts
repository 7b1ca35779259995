import { builtinModules } from 'node:module'

const BUILTINS = new Set(builtinModules)

/** A built-in module of Node's with its prefix; nothing for other specifiers. @example 'fs' → 'node:fs' */
export function nodeBuiltin(specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return specifier
  return BUILTINS.has(specifier) ? `node:${specifier}` : undefined
}

/** How Wrangler's bundler resolves packages. The native side does the same for what packages import. */
export const CONDITIONS = ['workerd', 'worker', 'browser']
export const MAIN_FIELDS = ['browser', 'module']
