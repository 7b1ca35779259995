import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { differences } from '../contract/differences.ts'
import { Run } from './harness.ts'

/** It is slower than our pool by far, and its queues are given real time. */
const ORACLE_TIMEOUT_MS = 240_000

const folder = fileURLToPath(new URL('../contract', import.meta.url))

test(
  'the contract suites say the truth: the oracle differs as listed, and nowhere else',
  async () => {
    const vitest = `${folder}/node_modules/vitest/vitest.mjs`
    const run = new Run(folder, vitest, ['--config', 'oracle.config.ts'])
    const { code, output, report } = await run.end(ORACLE_TIMEOUT_MS)
    expect(code, output).toBe(0)
    const cases = report.testResults.flatMap((file) => file.assertionResults).map(({ fullName }) => fullName)
    expect(cases).toEqual(expect.arrayContaining(Object.keys(differences)))
  },
  ORACLE_TIMEOUT_MS,
)
