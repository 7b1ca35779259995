// Who takes part. Each benchmark says what it gives them to do.

/**
 * @typedef {object} Contestant
 * @property {string} name What `--only` takes.
 * @property {string} title What tables show.
 */

/** @type {readonly Contestant[]} */
export const contestants = [
  { name: 'ours', title: 'vitest-pool-workerd' },
  { name: 'peer', title: '@cloudflare/vitest-plugin' },
  { name: 'forks', title: 'Vitest `forks` (plain Node, no bindings)' },
]

/** Whose figures the others are divided by. */
export const reference = 'peer'
