import { createExecutionContext, SELF } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { expect } from 'vitest'

import { contract, errorOf } from '../contract.ts'

contract('service-worker: the format is refused when the Worker is used', async () => {
  expect(await errorOf(() => SELF.fetch('http://example.com/'))).toMatch(
    /^TypeError: \S+service-worker\.ts does not export a default entrypoint\. `\S+` does not support service workers or named entrypoints for `SELF`\.\nIf you're using service workers, please migrate to the modules format: https:\/\/developers\.cloudflare\.com\/workers\/reference\/migrate-to-module-workers\/$/,
  )
})

contract('service-worker: contexts have no exports where settings say so', () => {
  expect((createExecutionContext() as unknown as { exports: unknown }).exports).toBeUndefined()
  expect(exports['default']).toBeDefined()
})
