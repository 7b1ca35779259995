/**
 * `node:console` for Vitest's own modules: a console that writes to given streams, which workerd leaves
 * out. Formats as Node does, by `node:util`.
 */
import { formatWithOptions, inspect } from 'node:util'

import { inspecting } from '../runner/inspection.ts'

interface Stream {
  write(text: string): unknown
}

interface Options {
  stdout: Stream
  stderr?: Stream
  colorMode?: boolean | 'auto'
  groupIndentation?: number
}

const now = performance.now.bind(performance)

export class Console {
  #stdout: Stream
  #stderr: Stream
  #colors: boolean
  #indentation: number
  #indent = ''
  #counts = new Map<string, number>()
  #timers = new Map<string, number>()

  constructor(options: Options) {
    this.#stdout = options.stdout
    this.#stderr = options.stderr ?? options.stdout
    this.#colors = options.colorMode === true
    this.#indentation = options.groupIndentation ?? 2
    // Methods work when they are detached: `const { log } = console`.
    for (const name of Object.getOwnPropertyNames(Console.prototype)) {
      if (name === 'constructor') continue
      const method = (this as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!
      Object.defineProperty(this, name, {
        value: method.bind(this),
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
  }

  log(...values: unknown[]): void {
    this.#write(this.#stdout, this.#format(values))
  }
  info(...values: unknown[]): void {
    this.#write(this.#stdout, this.#format(values))
  }
  debug(...values: unknown[]): void {
    this.#write(this.#stdout, this.#format(values))
  }
  warn(...values: unknown[]): void {
    this.#write(this.#stderr, this.#format(values))
  }
  error(...values: unknown[]): void {
    this.#write(this.#stderr, this.#format(values))
  }

  dir(value: unknown, options?: object): void {
    const all = { customInspect: false, colors: this.#colors, ...options }
    this.#write(
      this.#stdout,
      inspecting(() => inspect(value, all)),
    )
  }
  dirxml(...values: unknown[]): void {
    this.log(...values)
  }

  trace(...values: unknown[]): void {
    const error = new Error(this.#format(values))
    error.name = 'Trace'
    this.#write(this.#stderr, error.stack ?? String(error))
  }

  assert(condition?: unknown, ...values: unknown[]): void {
    if (condition) return
    const [first, ...rest] = values
    if (typeof first === 'string') this.warn(`Assertion failed: ${first}`, ...rest)
    else this.warn(values.length > 0 ? 'Assertion failed:' : 'Assertion failed', ...values)
  }

  group(...values: unknown[]): void {
    if (values.length > 0) this.log(...values)
    this.#indent += ' '.repeat(this.#indentation)
  }
  groupCollapsed(...values: unknown[]): void {
    this.group(...values)
  }
  groupEnd(): void {
    this.#indent = this.#indent.slice(this.#indentation)
  }

  count(label = 'default'): void {
    const count = (this.#counts.get(label) ?? 0) + 1
    this.#counts.set(label, count)
    this.log(`${label}: ${count}`)
  }
  countReset(label = 'default'): void {
    this.#counts.delete(label)
  }

  time(label = 'default'): void {
    this.#timers.set(label, now())
  }
  timeLog(label = 'default', ...values: unknown[]): void {
    const start = this.#timers.get(label)
    if (start === undefined) this.warn(`No such label '${label}' for console.timeLog()`)
    else this.log(`${label}: ${(now() - start).toFixed(3)}ms`, ...values)
  }
  timeEnd(label = 'default'): void {
    this.timeLog(label)
    this.#timers.delete(label)
  }
  timeStamp(): void {}
  profile(): void {}
  profileEnd(): void {}

  table(data: unknown, columns?: readonly string[]): void {
    if (typeof data !== 'object' || data === null) this.log(data)
    else this.#write(this.#stdout, renderTable(data, columns))
  }

  #format(values: unknown[]): string {
    return inspecting(() => formatWithOptions({ colors: this.#colors }, ...values))
  }

  #write(stream: Stream, text: string): void {
    const indented = this.#indent ? text.replaceAll(/^/gm, this.#indent) : text
    stream.write(`${indented}\n`)
  }
}

/** A table in Node's form: one row for each entry, one column for each key of the entries. */
function renderTable(data: object, only?: readonly string[]): string {
  const entries: [string, unknown][] =
    data instanceof Map || data instanceof Set
      ? [...data.values()].map((value, index) => [String(index), value])
      : Object.entries(data)
  const isRow = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null
  const keys = new Set<string>(only)
  if (!only)
    for (const [, value] of entries) if (isRow(value)) Object.keys(value).forEach((key) => keys.add(key))
  const hasValues = !only && entries.some(([, value]) => !isRow(value))
  const shown = (value: unknown): string =>
    inspecting(() => inspect(value, { depth: 0, maxArrayLength: 3, breakLength: Infinity }))
  const header = ['(index)', ...keys, ...(hasValues ? ['Values'] : [])]
  const rows = entries.map(([index, value]) => [
    index,
    ...[...keys].map((key) => (isRow(value) && Object.hasOwn(value, key) ? shown(value[key]) : '')),
    ...(hasValues ? [isRow(value) ? '' : shown(value)] : []),
  ])
  const widths = header.map(
    (_, column) => Math.max(...[header, ...rows].map((row) => row[column]!.length)) + 2,
  )
  const line = (row: readonly string[]): string =>
    `│${row.map((cell, column) => ` ${cell}`.padEnd(widths[column]!)).join('│')}│`
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width)).join(middle) + right
  return [
    rule('┌', '┬', '┐'),
    line(header),
    rule('├', '┼', '┤'),
    ...rows.map(line),
    rule('└', '┴', '┘'),
  ].join('\n')
}

export default { Console }
