// Numbers as text, and text as Markdown.

/** @param {string[]} head @param {string[][]} rows */
export function table(head, rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  )
}

/** @param {readonly string[]} lines */
export const list = (lines) => lines.map((line) => `- ${line}`).join('\n')

/** @param {number} ms */
export const seconds = (ms) => `${(ms / 1000).toFixed(3)} s`

/** Milliseconds as seconds. @param {import('./statistics.mjs').Spread} spread */
export function time(spread) {
  return range(spread, (ms) => (ms / 1000).toFixed(Math.abs(spread.median) < 1000 ? 3 : 2), ' s')
}

/**
 * @param {import('./statistics.mjs').Spread} spread
 * @param {(value: number) => string} print @param {string} [unit]
 */
export function range({ median, min, max }, print, unit = '') {
  return `${print(median)}${unit} (${print(min)}–${print(max)})`
}

/** @param {number | null} value */
export const ratio = (value) => (value === null ? '–' : `${value.toFixed(2)} ×`)
