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
 * What each further file costs: the difference of the medians, over the files between them. The range is
 * that of the rounds, whose runs followed each other.
 * @param {readonly number[]} few @param {readonly number[]} many @param {number} furtherFiles
 * @returns {Spread}
 */
export function perFurtherFile(few, many, furtherFiles) {
  const rounds = few.map((time, round) => (many[round] - time) / furtherFiles)
  return { ...spread(rounds), median: (median(many) - median(few)) / furtherFiles }
}
