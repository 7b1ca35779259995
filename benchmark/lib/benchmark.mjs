// What `scripts/bench.mjs` expects of a benchmark.

/**
 * @typedef {object} Benchmark
 * @property {readonly string[]} contestants Names of those who take part.
 * @property {number} rounds Unless `--runs` says something else.
 * @property {boolean} hasParts Whether `--match` can choose something of it.
 * @property {(request: Request) => Promise<Result>} run
 */

/**
 * @typedef {object} Request
 * @property {readonly string[]} only Names of contestants.
 * @property {number} rounds
 * @property {string} match A pattern of the names of what is measured; empty for everything.
 * @property {(line: string) => void} progress
 */

/**
 * @typedef {object} Result
 * @property {object} data Everything that was measured.
 * @property {string} markdown The answer.
 */

export {}
