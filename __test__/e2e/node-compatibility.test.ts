import { expect } from 'vitest'

import { testEachVersion } from './each-version.ts'

const CONFIG = (flags: string): string => `
  import { defineConfig } from 'vitest/config'
  import { workers } from 'vitest-pool-workerd'
  export default defineConfig({
    plugins: [workers({ main: './src/index.ts', miniflare: { compatibilityDate: '2026-01-01', compatibilityFlags: ${flags} } })],
  })`

testEachVersion('a Worker that lacks Node in production hears what it imports of it', async (make) => {
  const project = make('values')
  project.write('vitest.config.ts', CONFIG('[]'))
  project.write(
    'src/hash.ts',
    `import { createHash } from 'crypto'\nexport const hash = () => createHash('md5').update('').digest('hex')`,
  )
  project.write(
    'src/index.ts',
    `import { hash } from './hash.ts'
    export default { async fetch() { const { join } = await import('node:path'); return new Response(join(hash(), 'x')) } }`,
  )
  project.write(
    'test/values.test.ts',
    `import { readFileSync } from 'node:fs'
    import { SELF } from 'cloudflare:test'
    import { expect, test } from 'vitest'
    test('works all the same', async () => {
      expect(await (await SELF.fetch('http://x/')).text()).toBe('d41d8cd98f00b204e9800998ecf8427e/x')
      expect(readFileSync).toBeTypeOf('function')
    })`,
  )
  const warned = await project.run()
  expect(warned.code, warned.output).toBe(0)
  expect(warned.output).toContain('src/index.ts imports node:path')
  expect(warned.output).toContain('src/hash.ts imports node:crypto')
  expect(warned.output).toContain('help: add "nodejs_compat" to the `compatibility_flags`')
  expect(warned.output).not.toContain('node:fs')

  project.write('vitest.config.ts', CONFIG("['nodejs_compat']"))
  const silent = await project.run()
  expect(silent.code, silent.output).toBe(0)
  expect(silent.output).not.toContain('imports node:')
})
