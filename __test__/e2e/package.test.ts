import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

import { Run } from './harness.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const binary = 'vitest-pool-workerd.linux-x64-gnu.node'

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    encoding: 'utf8',
  })
}

test('the packed packages install into an empty folder and run a test there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpw-package-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const platform = join(folder, 'platform')
  cpSync(join(root, 'npm/linux-x64-gnu'), platform, { recursive: true })
  cpSync(join(root, binary), join(platform, binary))
  npm(root, 'pack', '--ignore-scripts', `--pack-destination=${folder}`)
  npm(platform, 'pack', `--pack-destination=${folder}`)
  const packages = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  expect(packages).toHaveLength(2)

  const project = join(folder, 'project')
  mkdirSync(join(project, 'test'), { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }')
  npm(project, 'install', '--prefer-offline', 'vitest@5.1.1', ...packages.map((file) => join(folder, file)))
  writeFileSync(
    join(project, 'vitest.config.ts'),
    `import { defineConfig } from 'vitest/config'
import { workers } from 'vitest-pool-workerd'
export default defineConfig({ plugins: [workers({ miniflare: { kvNamespaces: ['KV'] } })] })`,
  )
  writeFileSync(
    join(project, 'test/one.test.ts'),
    `import { env } from 'cloudflare:test'
import { expect, it } from 'vitest'
it('puts and gets', async () => {
  await env.KV.put('a', '1')
  expect(await env.KV.get('a')).toBe('1')
})`,
  )
  const { code, output, report } = await new Run(
    project,
    join(project, 'node_modules/vitest/vitest.mjs'),
    [],
  ).end()
  expect(code, output).toBe(0)
  expect(report.numPassedTests).toBe(1)
})
