/** What the packages of this folder export in Node, build by build as Wrangler's bundler chooses them. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

import { imports } from '../native/imports.mjs'
import { requires } from '../native/requires.cjs'

/** By kind of import and specifier: names and their types. */
export type Names = Record<'import' | 'require', Record<string, Record<string, unknown>>>

type Modules = Record<'import' | 'require', Record<string, string>>

/**
 * Builds that Node cannot load, and why. They are compared with what Node loads instead, by the names alone that
 * the two should share.
 */
export const NOT_IN_NODE: Record<string, string> = {
  '@aws-sdk/client-dynamodb': 'its builds for browsers import files without their extensions',
  '@cf-wasm/png': 'imports WebAssembly as workerd has it, as a module that is not instantiated',
  rxjs: 'its build for bundlers imports folders',
  'rxjs/operators': 'its build for bundlers imports folders',
  yup: 'its build for bundlers takes names of a CommonJS module that nothing but running it would find',
}

const folder = fileURLToPath(new URL('../native', import.meta.url))

/** Conditions of Wrangler's bundler. */
const CONDITIONS = ['workerd', 'worker', 'browser']

/** The files that specifiers lead to in the bundler. */
async function resolveAll(
  specifiers: string[],
  kind: 'import-statement' | 'require-call',
): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  await build({
    stdin: { contents: '' },
    write: false,
    bundle: true,
    platform: 'browser',
    // As Wrangler has it with Node compatibility.
    alias: { debug: 'debug/src/index.js' },
    conditions: CONDITIONS,
    // Real bundles have both, and prefer `main` for what is required.
    mainFields: kind === 'require-call' ? ['browser', 'main'] : ['browser', 'module', 'main'],
    plugins: [
      {
        name: 'resolve',
        setup(setup) {
          setup.onStart(async () => {
            for (const specifier of specifiers.filter((name) => !(name in NOT_IN_NODE))) {
              const { path, errors } = await setup.resolve(specifier, { kind, resolveDir: folder })
              if (errors[0]) throw new Error(errors[0].text)
              files[specifier] = path
            }
          })
        },
      },
    ],
  })
  return files
}

function inNode(modules: Modules, conditions: string[]): Names {
  const flags = conditions.map((condition) => `--conditions=${condition}`)
  const script = fileURLToPath(new URL('node.mjs', import.meta.url))
  const output = execFileSync(process.execPath, [...flags, '--no-warnings', script], {
    input: JSON.stringify(modules),
    encoding: 'utf8',
  })
  return JSON.parse(output) as Names
}

/** Names of the builds that the Worker gets; and of Node's own, where Node cannot load those. */
export async function namesInNode(): Promise<{ same: Names; other: Names }> {
  const same = {
    import: await resolveAll(Object.keys(imports), 'import-statement'),
    require: await resolveAll(Object.keys(requires), 'require-call'),
  }
  const others = Object.fromEntries(Object.keys(NOT_IN_NODE).map((specifier) => [specifier, specifier]))
  return {
    same: inNode(same, CONDITIONS),
    other: inNode({ import: others, require: others }, []),
  }
}
