/**
 * Runs the real Vitest on a copy of a fixture, and sees to it that nothing is left behind.
 *
 * Each run has a marker in its environment, which all its children inherit, and a temporary folder of
 * its own. So a test can find "its" processes without knowing about those of other tests.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const node = join(root, 'node_modules/node/bin/node')

/** A run that takes longer hangs. Real ones take one or two seconds. */
const RUN_TIMEOUT_MS = 60_000

/** How long the watchdog may take to clean up after a Node that was killed. */
const CLEANUP_TIMEOUT_MS = 10_000

/** The supported versions of Vitest, and the folders that they are installed in. */
export const VERSIONS = [
  { version: '5.1', home: root },
  { version: '4.1', home: join(root, '__test__/vitest-4.1') },
]

/** What a run left. */
export interface Outcome {
  code: number | null
  signal: NodeJS.Signals | null
  /** Standard output and error, interleaved, without colours. */
  output: string
  /** Vitest's JSON report; empty if the run did not get that far. */
  report: Report
}

export interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

const EMPTY_REPORT: Report = {
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
}

/** A copy of a fixture, where one version of Vitest can be run. */
export class Project {
  readonly folder: string
  /** Variables for the runs of this project. */
  readonly env: Record<string, string> = {}
  readonly #home: string

  /** `source` is relative to the repository; `name` is what the copy's folder is called. */
  constructor(source: string, home: string, name = basename(source)) {
    this.#home = home
    const runs = join(home, home === root ? '__test__/.run' : '.run')
    mkdirSync(runs, { recursive: true })
    this.folder = join(mkdtempSync(join(runs, 'p-')), name)
    // What is installed beside a fixture is not part of it: packages come from its home. Those that are
    // part of it are kept under a name that is not ignored everywhere.
    const filter = (path: string): boolean => basename(path) !== 'node_modules'
    cpSync(join(root, source), this.folder, { recursive: true, filter })
    const packages = join(this.folder, '_node_modules')
    if (existsSync(packages)) renameSync(packages, join(this.folder, 'node_modules'))
    // What a project of ours installs for itself alone it finds in the copy, too.
    const installed = join(root, source, 'node_modules')
    if (existsSync(join(root, source, 'package-lock.json'))) {
      symlinkSync(installed, join(this.folder, 'node_modules'))
    }
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true })
    writeFileSync(join(this.folder, file), text)
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8')
  }

  /** Runs to the end, and checks that nothing is left. */
  async run(...args: string[]): Promise<Outcome> {
    return await this.start(...args).end()
  }

  start(...args: string[]): Run {
    return new Run(this.folder, join(this.#home, 'node_modules/vitest/vitest.mjs'), args, this.env)
  }

  remove(): void {
    rmSync(dirname(this.folder), { recursive: true, force: true })
  }
}

/** A Vitest that runs. */
export class Run {
  readonly child: ChildProcess
  readonly #marker = `vpw-test-${randomUUID()}`
  readonly #temporary = mkdtempSync(join(tmpdir(), 'vpw-e2e-'))
  readonly #report: string
  readonly #ended: Promise<Pick<Outcome, 'code' | 'signal'>>
  #output = ''
  #onOutput: (() => void)[] = []

  constructor(folder: string, vitest: string, args: string[], env: Record<string, string> = {}) {
    this.#report = join(this.#temporary, 'report.json')
    // In watch mode a report would be half written when the run is interrupted.
    const mode = args.includes('--watch') ? [] : ['--run', '--reporter=json', `--outputFile=${this.#report}`]
    this.child = spawn(node, [vitest, '--reporter=default', ...mode, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        TMPDIR: this.#temporary,
        NO_COLOR: '1',
        MARKER: this.#marker,
        ...env,
      },
    })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += stripVTControlCharacters(text)
        for (const notify of this.#onOutput) notify()
      })
    }
    this.#ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }))
    })
  }

  /** Waits until the run has printed something, so many times. */
  async prints(text: string, times = 1): Promise<void> {
    const isPrinted = (): boolean => this.#output.split(text).length > times
    await within(
      RUN_TIMEOUT_MS,
      `output never contained ${JSON.stringify(text)}`,
      () => this.#output,
      async () => {
        while (!isPrinted()) {
          await Promise.race([new Promise<void>((resolve) => this.#onOutput.push(resolve)), this.#ended])
          if ((this.child.exitCode ?? this.child.signalCode) !== null && !isPrinted()) {
            throw new Error(`the run ended without printing ${JSON.stringify(text)}:\n${this.#output}`)
          }
        }
      },
    ).catch((error: unknown) => {
      // Nobody will wait for its end.
      this.child.kill('SIGKILL')
      throw error
    })
  }

  /** Process ids of everything that this run started and that still lives, the run itself excluded. */
  descendants(): number[] {
    return (
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name) && Number(name) !== this.child.pid)
        .filter((pid) => readQuietly(`/proc/${pid}/environ`).includes(this.#marker))
        // A process that has ended and was not waited for still has a folder.
        .filter((pid) => !/^State:\s+Z/m.test(readQuietly(`/proc/${pid}/status`)))
        .map(Number)
    )
  }

  /** Those of them that are workerd. */
  runtimes(): number[] {
    return this.descendants().filter((pid) => readQuietly(`/proc/${pid}/cmdline`).includes('workerd'))
  }

  /** Waits for the end, and checks that nothing is left: no process, no folder. */
  async end(timeoutMs = RUN_TIMEOUT_MS): Promise<Outcome> {
    const ended = await within(
      timeoutMs,
      'the run hangs',
      () => this.#output,
      () => this.#ended,
    ).catch((error: unknown) => {
      this.child.kill('SIGKILL')
      throw error
    })
    const report = existsSync(this.#report)
      ? (JSON.parse(readFileSync(this.#report, 'utf8')) as Report)
      : EMPTY_REPORT
    rmSync(this.#report, { force: true })
    await this.#nothingIsLeft()
    rmSync(this.#temporary, { recursive: true })
    return { ...ended, output: this.#output, report }
  }

  async #nothingIsLeft(): Promise<void> {
    const left = (): string[] => [
      ...this.descendants().map(
        (pid) => `process ${pid}: ${readQuietly(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`,
      ),
      ...readdirSync(this.#temporary).filter((name) => name.startsWith('vpw-')),
      ...readdirSync('/dev/shm').filter((name) => name.startsWith(`vpw-${this.child.pid}-`)),
    ]
    // Somebody else cleans up when Node was killed, and tells nobody when it is done: so this polls.
    const deadline = Date.now() + CLEANUP_TIMEOUT_MS
    while (left().length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
    if (left().length > 0) throw new Error(`the run left something behind:\n${left().join('\n')}`)
  }
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

async function within<T>(ms: number, what: string, output: () => string, run: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} after ${ms} ms:\n${output()}`)), ms)
  })
  try {
    return await Promise.race([run(), late])
  } finally {
    clearTimeout(timer)
  }
}
