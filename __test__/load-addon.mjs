// Loads the addon in the Node that runs this, and exercises it once: an options check that fails, a pool
// that opens and closes.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'

import { Plan, Pool } from '../index.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const input = {
  projectRoot: root,
  projectName: '',
  options: '{"mian":"x"}',
  defaultIsolation: 'test',
  processEnv: {},
  today: '2026-11-09',
}
assert.throws(() => Plan.check(input), { code: 'ERR_OPTIONS', message: /`main`/ })
assert.equal(Plan.check({ ...input, options: '{}' }).isolatedStorage, 'test')

const pool = Pool.open(root)
await pool.close()
console.log(`The addon works in Node ${process.version}.`)
