// Where things are.
import { fileURLToPath } from 'node:url'

/** Absolute path of a file of this folder. @param {string} path */
export const inBenchmark = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** Absolute path of a file of the repository. @param {string} path */
export const inRepository = (path) => inBenchmark(`../${path}`)
