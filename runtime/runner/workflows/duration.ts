/** Durations as Workflows spell them: milliseconds, or a number with a unit. */

const MS_OF: Record<string, number> = {
  ms: 1,
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_592_000_000,
  year: 31_536_000_000,
}

/** In milliseconds; `undefined` if it is no duration. */
export function durationMs(duration: unknown): number | undefined {
  if (typeof duration === 'number') return Number.isNaN(duration) ? undefined : duration
  if (typeof duration !== 'string') return undefined
  const [, count, unit = ''] = /^\s*(-?\d+(?:\.\d+)?)\s*([a-z]+)\s*$/.exec(duration) ?? []
  const ms = MS_OF[unit] ?? MS_OF[unit.replace(/s$/, '')]
  return ms && Number(count) * ms
}
