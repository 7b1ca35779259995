/** A package is one instance, whoever imports it: the project, through Vite, or another package. */
import { describe, expect, it } from 'vitest'

import { imports } from '../native/imports.mjs'
import { requires } from '../native/requires.cjs'

type Exports = Record<string, unknown>

/** What would differ between two instances: a function, a class or an object that the module makes. */
function marker(exports: Exports): [string, unknown] | undefined {
  return Object.entries(exports).find(
    ([name, value]) =>
      name !== 'default' && (typeof value === 'function' || (typeof value === 'object' && value)),
  )
}

describe('import', () => {
  it.each(Object.keys(imports))('%s', async (specifier) => {
    const native = (await imports[specifier as keyof typeof imports]()) as Exports
    const mine = (await import(/* @vite-ignore */ specifier)) as Exports
    const [name, value] = marker(native) ?? ['default', native['default']]
    expect(mine[name]).toBe(value)
  })
})

describe('require of what has one build', () => {
  it.each(['lodash', 'semver', 'debug', 'qs', 'iconv-lite', 'mime-types', 'protobufjs', 'jose', 'superjson'])(
    '%s',
    async (specifier) => {
      const required = requires[specifier as 'lodash']() as Exports
      const mine = (await import(/* @vite-ignore */ specifier)) as Exports
      const [name, value] = marker(required)!
      expect((mine[name] ?? (mine['default'] as Exports)[name]) as unknown).toBe(value)
    },
  )
})
