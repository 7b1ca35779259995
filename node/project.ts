/**
 * One Vitest project and its runtimes: options → plan → an open project in the native pool. State is
 * kept at module level, because Vitest clones pool objects and makes new pool workers for every file.
 */
import { randomUUID } from 'node:crypto'
import { isAbsolute, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import type { TestModule, TestProject, TestSpecification, Vite, Vitest } from 'vitest/node'

import type { GlueFacts } from '../shared/protocol.ts'
import { AuxiliaryBuilds } from './auxiliary-builds.ts'
import { FunctionServer } from './function-server.ts'
import { findExports } from './main-exports.ts'
import type { ModuleAlias } from './native.ts'
import { fromNative, Plan, Pool } from './native.ts'
import type { OptionFunction, WorkersOptionsSource } from './options.ts'
import { resolveOptions, serializeOptions } from './options.ts'
import type { NodeCompatibility } from './worker-builtins.ts'
import { builtinWarning, missingBuiltins } from './worker-builtins.ts'

const packageFolder = fileURLToPath(new URL('../../', import.meta.url))

const pools = new WeakMap<Vitest, Pool>()
const counted = new WeakSet<Vitest>()
const projects = new WeakMap<TestProject, WorkersProject>()

/** What the name under which the user imported us means. */
export interface Generation {
  /** What a missing `isolatedStorage` means. */
  defaultIsolation: 'test' | 'file'
}

/** The project's glue; made by the first who asks. */
export function projectOf(
  project: TestProject,
  source: WorkersOptionsSource,
  generation: Generation,
): WorkersProject {
  let glue = projects.get(project)
  if (!glue) {
    glue = new WorkersProject(project, source, generation)
    projects.set(project, glue)
  }
  return glue
}

function poolOf(vitest: Vitest): Pool {
  let pool = pools.get(vitest)
  if (!pool) {
    const opened = Pool.open(packageFolder)
    pool = opened
    pools.set(vitest, opened)
    // Runtimes must not outlive Node however it ends. This covers the ends that JavaScript sees; the
    // watchdog covers the others.
    const killAll = (): void => opened.killAll()
    process.once('exit', killAll)
    vitest.onClose(async () => {
      process.off('exit', killAll)
      // Vitest restarts itself when its own configuration changes, and then needs another pool.
      pools.delete(vitest)
      counted.delete(vitest)
      await opened.close()
    })
  }
  return pool
}

/** Tells each project how many files are to come, so that no runtime is started in vain. */
function countFiles(vitest: Vitest): void {
  if (counted.has(vitest)) return
  counted.add(vitest)
  vitest.config.reporters.push({
    onTestRunStart(specifications: readonly TestSpecification[]) {
      const files = new Map<WorkersProject, number>()
      for (const { project } of specifications) {
        const glue = projects.get(project)
        if (glue) files.set(glue, (files.get(glue) ?? 0) + 1)
      }
      for (const [glue, count] of files) glue.expect(count)
    },
    async onTestRunEnd(modules: readonly TestModule[]) {
      const ran = new Set(modules.map(({ project }) => projects.get(project)))
      for (const glue of ran) await glue?.warnOfBuiltins()
    },
  } as never)
}

const SINGLE_WORKER_TOO_LATE =
  'workers() option singleWorker has no effect when a function returns it\n' +
  'help: set `test.isolate: false` and `test.maxWorkers: 1`, which mean the same'

export class WorkersProject {
  /** What results of transforming files depend on besides Vite's configuration. Empty until the project is open. */
  transformKey = ''
  readonly #project: TestProject
  readonly #source: WorkersOptionsSource
  readonly #generation: Generation
  #opening: Promise<void> | undefined
  #fingerprint = ''
  readonly #warned = new Set<string>()
  #expected: number | undefined
  readonly #functions = new FunctionServer()
  readonly #builds: AuxiliaryBuilds
  /** Name of the socket of this project's functions. */
  readonly #functionSocket = `${randomUUID().slice(0, 8)}.sock`
  #plan: Plan | undefined
  /** The plan's, here because every specifier is compared with them. */
  #aliases: ModuleAlias[] = []
  /** What the binding to the Worker's version is. */
  readonly #version = JSON.stringify({
    id: randomUUID(),
    tag: '',
    timestamp: new Date().toISOString(),
  })

  constructor(project: TestProject, source: WorkersOptionsSource, generation: Generation) {
    this.#project = project
    this.#source = source
    this.#generation = generation
    this.#builds = new AuxiliaryBuilds(project)
    project.vitest.onClose(() => this.#functions.close())
  }

  /** The native pool that this project's runtimes belong to. */
  get pool(): Pool {
    return poolOf(this.#project.vitest)
  }

  /** Names the project in the native pool. */
  get key(): string {
    return `${this.#project.name}\u0000${this.#project.config.root}`
  }

  /** What messages call the project. Never empty. */
  get label(): string {
    const { name, vite, config } = this.#project
    const file = relative(config.root, vite.config.configFile || config.root) || 'vitest.config'
    return name ? `project \`${name}\` (${file})` : `project \`${file}\``
  }

  /** Absolute path of the Worker under test, once the project is open. */
  get main(): string | undefined {
    return this.#plan?.main ?? undefined
  }

  /** Whether a file, by its id in Vite, is text, bytes or WebAssembly by a rule, and no source. */
  isModuleByRule(id: string): boolean {
    return isAbsolute(id) && (this.#plan?.isModuleByRule(id) ?? false)
  }

  /** What an alias of the Wrangler file makes of a specifier. */
  aliasOf(specifier: string): string | undefined {
    for (const { find, replacement } of this.#aliases) {
      if (specifier === find) return replacement
      if (specifier.startsWith(`${find}/`)) return replacement + specifier.slice(find.length)
    }
    return undefined
  }

  /** Starts early, while Vite and Vitest still do. Failures are those of the first file, later. */
  warm(distPath: string): void {
    // At once: Vitest makes its reporters as soon as all plugins have had their turn.
    countFiles(this.#project.vitest)
    // An options function may ask for what `globalSetup` provides, which has not run yet.
    if (typeof this.#source !== 'function') this.open(distPath).catch(() => {})
  }

  /** So many files of this run are still to come. */
  expect(files: number): void {
    // The native pool cannot count for a project that it does not know yet.
    if (this.#fingerprint) this.pool.expect(this.key, files)
    else this.#expected = files
  }

  /**
   * Makes sure that the native pool knows the current options. They are read again each time, so that an
   * edited Wrangler file takes effect with the next file that runs.
   */
  async open(distPath: string): Promise<void> {
    const before = this.#opening
    const opening = (async () => {
      await before?.catch(() => {})
      await this.#open(distPath)
    })()
    this.#opening = opening
    return opening
  }

  async #open(distPath: string): Promise<void> {
    const { plan, functions } = await this.#check()
    this.#plan = plan
    if (plan.singleWorker && this.#project.config.isolate) this.#warn(SINGLE_WORKER_TOO_LATE)
    await this.#functions.serve(functions, join(this.pool.folder, this.#functionSocket))
    this.#aliases = plan.aliases
    this.transformKey = plan.transformFingerprint
    const [entrypoints, built] = await Promise.all([
      plan.main ? this.#exportsOf(plan.main, distPath) : Promise.resolve<string[]>([]),
      this.#builds.build(plan, distPath),
    ])
    const missing = plan.additionalExports.filter((name) => !entrypoints.includes(name))
    entrypoints.push(...missing)
    const facts = this.#facts(plan)
    const aliases = aliasesOf(this.#project.vite.config.resolve.alias)
    const { conditions } = this.#project.vite.config.environments['ssr']!.resolve
    const { watch } = this.#project.vitest.config
    if (watch) this.#watchFiles([...plan.watchedFiles, ...built.files])
    const fingerprint = JSON.stringify([
      plan.fingerprint,
      built.version,
      entrypoints,
      facts,
      aliases,
      conditions,
    ])
    if (fingerprint === this.#fingerprint) return
    try {
      await this.pool.openProject(plan, {
        key: this.key,
        entrypoints,
        vitestDist: distPath,
        facts: JSON.stringify(facts),
        version: this.#version,
        watch,
        aliases,
        conditions,
        built: built.workers,
        functionSocket: this.#functionSocket,
      })
    } catch (error) {
      throw fromNative(error)
    }
    this.#fingerprint = fingerprint
    if (this.#expected !== undefined) this.pool.expect(this.key, this.#expected)
    this.#expected = undefined
  }

  /**
   * What `main` exports. A file that cannot be transformed fails the tests that import it, with Vite's
   * own error and code frame; others can run, so here it is a warning.
   */
  async #exportsOf(main: string, distPath: string): Promise<string[]> {
    try {
      return await findExports(this.#project, distPath, main)
    } catch (error) {
      const message = stripVTControlCharacters(error instanceof Error ? error.message : String(error))
      const cause = message.split('\n').filter(Boolean).slice(0, 2).join(' ')
      this.#warn(
        `Failed to statically analyze the exports of the main Worker entry-point "${main}"\n` +
          `More details: ${cause}\n` +
          'help: correct the file; until then tests that import it fail',
      )
      return []
    }
  }

  /** After a run, Vite knows what the Worker imports. */
  async warnOfBuiltins(): Promise<void> {
    const plan = this.#plan
    if (!plan?.main) return
    const compatibility = plan.nodeCompatibility as NodeCompatibility
    this.#warn(builtinWarning(await missingBuiltins(this.#project, plan.main, compatibility)))
  }

  /** Says something once. */
  #warn(text: string): void {
    if (!text || this.#warned.has(text)) return
    this.#warned.add(text)
    this.#project.vitest.logger.warn(text)
  }

  /** An edit of the Wrangler file reruns every test: any of them may depend on it. */
  #watchFiles(files: readonly string[]): void {
    const { vite, vitest } = this.#project
    vite.watcher.add([...files])
    const triggers = vitest.config.forceRerunTriggers
    triggers.push(...files.filter((file) => !triggers.includes(file)))
  }

  async #check(): Promise<{ plan: Plan; functions: ReadonlyMap<string, OptionFunction> }> {
    const { config, name, vite } = this.#project
    const options = await resolveOptions(this.#source, (key) => this.#project.getProvidedContext()[key])
    const { json, functions } = serializeOptions(options)
    let plan: Plan
    try {
      plan = Plan.check({
        projectRoot: config.root,
        projectName: name,
        configFile: vite.config.configFile || undefined,
        options: json,
        defaultIsolation: this.#generation.defaultIsolation,
        environment: process.env['CLOUDFLARE_ENV'] || undefined,
        processEnv: { ...process.env } as Record<string, string>,
        today: new Date().toISOString().slice(0, 10),
      })
    } catch (error) {
      throw fromNative(error)
    }
    this.#warn(plan.warnings)
    return { plan, functions }
  }

  #facts(plan: Plan): GlueFacts {
    return {
      main: plan.main ?? null,
      cwd: process.cwd(),
      env: {
        TEST: 'true',
        VITEST: 'true',
        NODE_ENV: process.env['NODE_ENV'] ?? 'test',
        ...inherited(['CI', 'NO_COLOR', 'FORCE_COLOR']),
        VITEST_MODE: this.#project.vitest.config.watch ? 'WATCH' : 'RUN',
      },
      isolatedStorage: plan.isolatedStorage as GlueFacts['isolatedStorage'],
    }
  }
}

/**
 * Aliases that the native side can apply to what packages import, too: strings, and patterns that mean one.
 * Others apply to what Vite transforms, as all do.
 */
function aliasesOf(aliases: readonly Vite.Alias[]): ModuleAlias[] {
  return aliases.flatMap(({ find, replacement }) => {
    if (typeof find === 'string') return [{ find, replacement }]
    const [, exact] = /^\^([\w@/-]+)\$$/.exec(find.source) ?? []
    return exact && !find.flags ? [{ find: `${exact}$`, replacement }] : []
  })
}

/** Variables of this process that are set. */
function inherited(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
