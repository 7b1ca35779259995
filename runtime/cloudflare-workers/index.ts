/**
 * `cloudflare:workers` for the user's own modules: the runtime's, with `exports` as users may see it, and
 * with a `waitUntil` that tests wait for.
 * Packages that are not transformed by Vite import the runtime's module itself.
 */
// A name exported here hides the one of the same name behind the star.
// @ts-expect-error -- declared with `export =`, which has no star; at run time it is an ordinary module
export * from 'cloudflare:workers'
export { exports } from '../runner/exports.ts'
export { waitUntil } from './wait-until.ts'
