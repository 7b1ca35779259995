// Numbers from numbers.

/** @typedef {{ median: number, min: number, max: number }} Spread */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)]
}

/** @param {readonly number[]} values @returns {Spread} */
export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/**
 * What each of `parts` adds that `after` has and `before` has not: the difference of the medians, over the
 * parts. The range is that of the rounds, whose runs followed each other.
 * @param {readonly number[]} before @param {readonly number[]} after @param {number} [parts]
 * @returns {Spread}
 */
export function difference(before, after, parts = 1) {
  const rounds = before.map((value, round) => (after[round] - value) / parts)
  return { ...spread(rounds), median: (median(after) - median(before)) / parts }
}
