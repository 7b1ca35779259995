/** Namespaces of packages, as other packages get them: without Vite, by the module fallback alone. */
import { describe, expect, inject, it } from 'vitest'

import { imports } from '../native/imports.mjs'
import { namesOf, typesOf } from '../native/names.mjs'
import { requires } from '../native/requires.cjs'

type Names = Record<string, unknown>

const { same, other } = inject('names' as never) as Record<
  'same' | 'other',
  Record<'import' | 'require', Record<string, Names>>
>

/** Of two builds one may have more in `default`, say that it was an ES module once, and load WebAssembly. */
function shared(names: Names): Names {
  return without(names, 'default', 'default.*', '__esModule', 'pngWasmModule')
}

describe('import', () => {
  it.each(Object.keys(imports))('%s', async (specifier) => {
    const names = namesOf(await imports[specifier]())
    const inNode = same.import[specifier]
    if (!inNode) return expect(shared(names)).toEqual(shared(withoutModuleExports(other.import[specifier]!)))
    expect(names).toEqual(withoutModuleExports(inNode))
  })
})

describe('require', () => {
  it.each(Object.keys(requires))('%s', (specifier) => {
    const names = typesOf(requires[specifier]())
    const inNode = same.require[specifier]
    if (!inNode) return expect(shared(names)).toEqual(shared(other.require[specifier]!))
    expect(names).toEqual(inNode)
  })
})

/** Node 23 and later add it to what CommonJS modules export. Bundlers do not, nor does workerd. */
function withoutModuleExports(names: Names): Names {
  return without(names, 'module.exports')
}

function without(names: Names, ...hidden: string[]): Names {
  return Object.fromEntries(Object.entries(names).filter(([name]) => !hidden.includes(name)))
}
