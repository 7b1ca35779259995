/**
 * Auxiliary Workers from their sources, bundled by the project's own Vite as Wrangler would bundle them: packages
 * included, modules of the runtime left alone, files that are no code by a rule as modules of their own.
 */
import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, isAbsolute, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import type { TestProject, Vite } from 'vitest/node'

import type { BuiltModule, BuiltWorker, Plan, WorkerBuild } from './native.ts'
import { PoolError } from './native.ts'
import { CONDITIONS, MAIN_FIELDS, nodeBuiltin } from './resolution.ts'

/** After this, users should hear what they wait for. */
const PATIENCE_MS = 1000

/** Lines of a bundler's message that concern whoever configures it, and its own stack. */
const FOREIGN_ADVICE =
  /^\s+at |most likely unintended|explicitly externalize|explicitly add it|Options\.external/

/** What all bundles of a project are. */
interface Builds {
  workers: BuiltWorker[]
  /** Files that have been read for them, packages excepted. */
  files: string[]
  /** Another one for every new bundle. */
  version: number
}

/** A bundle and what it was made from. */
interface Bundle {
  input: string
  stamps: Map<string, string>
  worker: BuiltWorker
}

export class AuxiliaryBuilds {
  readonly #project: TestProject
  readonly #bundles = new Map<string, Bundle>()
  #version = 0

  constructor(project: TestProject) {
    this.#project = project
  }

  /** Bundles what has changed since the last time. */
  async build(plan: Plan, distPath: string): Promise<Builds> {
    const bundles = await Promise.all(plan.builds.map((build) => this.#bundle(build, plan, distPath)))
    return {
      workers: bundles.map(({ worker }) => worker),
      files: bundles.flatMap(({ stamps }) => [...stamps.keys()]),
      version: this.#version,
    }
  }

  async #bundle(build: WorkerBuild, plan: Plan, distPath: string): Promise<Bundle> {
    const input = plan.auxiliaryFingerprint(build.worker)
    const known = this.#bundles.get(build.worker)
    const isCurrent =
      known?.input === input && [...known.stamps].every(([file, stamp]) => stampOf(file) === stamp)
    if (isCurrent) return known
    const notice = setTimeout(() => {
      this.#project.vitest.logger.log(`Bundling the auxiliary Worker \`${build.worker}\` …`)
    }, PATIENCE_MS)
    try {
      const { modules, exports, files } = await bundle(await viteOf(distPath), build, plan)
      const stamps = new Map(files.map((file) => [file, stampOf(file)]))
      const bundled = { input, stamps, worker: { worker: build.worker, modules, exports } }
      this.#bundles.set(build.worker, bundled)
      this.#version += 1
      return bundled
    } catch (error) {
      throw failure(build, error, this.#project.config.root)
    } finally {
      clearTimeout(notice)
    }
  }
}

/** The Vite that the installed Vitest uses. */
async function viteOf(distPath: string): Promise<typeof Vite> {
  const require = createRequire(join(distPath, 'index.js'))
  const folder = dirname(require.resolve('vite/package.json'))
  return (await import(pathToFileURL(join(folder, 'dist/node/index.js')).href)) as typeof Vite
}

async function bundle(
  vite: typeof Vite,
  build: WorkerBuild,
  plan: Plan,
): Promise<{ modules: BuiltModule[]; exports: string[]; files: string[] }> {
  const files = new Set<string>()
  const others: BuiltModule[] = []
  const entries = (pairs: { find: string; replacement: string }[]): [string, string][] =>
    pairs.map(({ find, replacement }) => [find, replacement])
  const output = await vite.build({
    configFile: false,
    envFile: false,
    root: build.root,
    publicDir: false,
    logLevel: 'silent',
    define: Object.fromEntries(entries(build.defines)),
    resolve: {
      alias: Object.fromEntries(entries(build.aliases)),
      conditions: CONDITIONS,
      mainFields: MAIN_FIELDS,
    },
    ssr: { target: 'webworker', noExternal: true, resolve: { conditions: CONDITIONS } },
    build: {
      ssr: build.main,
      write: false,
      minify: false,
      sourcemap: 'inline',
      target: 'esnext',
      rollupOptions: { output: { format: 'es', entryFileNames: 'index.js' } },
    },
    plugins: [
      {
        name: 'vitest-pool-workerd:auxiliary',
        enforce: 'pre',
        resolveId(id) {
          const builtin = nodeBuiltin(id)
          if (builtin) return { id: builtin, external: true }
          const isModule = /^(cloudflare|workerd):/.test(id) || others.some(({ name }) => name === id)
          return isModule ? { id, external: true } : undefined
        },
        async load(id) {
          const file = id.replace(/\?.*$/, '')
          if (isAbsolute(file) && !file.includes('/node_modules/')) files.add(file)
          const kind = isAbsolute(file) && plan.ruleOfAuxiliary(build.worker, id)
          if (!kind) return undefined
          const name = `${others.length}-${basename(file)}`
          others.push({ name, kind, content: await readFile(file) })
          return `export { default } from ${JSON.stringify(name)}\n`
        },
      },
    ],
  })
  const [{ output: chunks }] = [output].flat() as [Vite.Rollup.RollupOutput]
  const code = chunks.flatMap((chunk) => (chunk.type === 'chunk' ? [chunk] : []))
  const sorted = code.toSorted((left, right) => Number(right.isEntry) - Number(left.isEntry))
  const modules = sorted.map((chunk) => ({
    name: chunk.fileName,
    kind: 'ESModule',
    content: Buffer.from(chunk.code),
  }))
  // Stacks say whose code it is.
  const named = [...modules, ...others].map((module) => ({
    ...module,
    name: `${build.worker}/${module.name}`,
  }))
  return { modules: named, exports: sorted[0]?.exports ?? [], files: [...files] }
}

/** Changes when a file does. */
function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat ? `${stat.mtimeMs} ${stat.size}` : ''
}

function failure(build: WorkerBuild, error: unknown, root: string): PoolError {
  const message = stripVTControlCharacters(error instanceof Error ? error.message : String(error)).trim()
  const lines = message.split('\n')
  const text = lines.filter((line) => !FOREIGN_ADVICE.test(line)).join('\n')
  return new PoolError(
    'ERR_AUXILIARY_BUILD',
    `The auxiliary Worker \`${build.worker}\` could not be bundled\n` +
      `  ${relative(root, build.main)}\n${text.replace(/^/gm, '  | ')}\n` +
      '  help: correct the file; the tests run again when it is saved',
  )
}
