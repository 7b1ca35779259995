import { exports } from 'cloudflare:workers'
import { expect, vi } from 'vitest'

import { contract } from '../contract.ts'
import { nextLoad } from '../workers/execution.ts'

const ask = async (): Promise<unknown> => {
  const response = await exports.default.fetch('http://example.com/next-load')
  return ((await response.json()) as { value: unknown }).value
}

contract('execution: after resetModules() the Worker is loaded again', async () => {
  expect(nextLoad()).toBe(1)
  expect(await ask()).toBe(2)
  vi.resetModules()
  // The test goes on with what it has imported.
  expect(await ask()).toBe(1)
  expect(nextLoad()).toBe(3)
  const again = await import('../workers/execution.ts')
  expect(again.nextLoad).not.toBe(nextLoad)
  expect(again.nextLoad()).toBe(2)
  expect(await ask()).toBe(3)
})
