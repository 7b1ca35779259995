// Who takes part, and what each is given to do.

/**
 * @typedef {object} Contestant
 * @property {string} name What `--only` takes.
 * @property {string} title What tables show.
 * @property {string[]} layers Folders of `projects/` that are copied over each other.
 */

/** @type {readonly Contestant[]} */
export const contestants = [
  { name: 'ours', title: 'vitest-pool-workerd', layers: ['worker', 'ours'] },
  { name: 'peer', title: '@cloudflare/vitest-plugin', layers: ['worker', 'peer'] },
  { name: 'forks', title: 'Vitest `forks` (plain Node, no bindings)', layers: ['forks'] },
]

/** Whose times the others are divided by. */
export const reference = 'peer'

/** Every template of a test file has so many tests. */
export const testsPerFile = 5

/** Numbers of test files that are measured: one, and enough to see what each further one costs. */
export const sizes = /** @type {const} */ ([1, 20])

/** What every contestant's test file uses. */
export const shape = 'KV and a Durable Object with SQL; D1 is left out'
