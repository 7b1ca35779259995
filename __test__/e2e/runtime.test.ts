import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('the newest compatibility date that we offer is that of the pinned workerd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpw-runtime-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const config = join(folder, 'config.capnp')
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  serviceWorkerScript = "", compatibilityDate = "2999-01-01"))]);`,
  )
  const { stderr } = spawnSync(join(root, 'node_modules/workerd/bin/workerd'), ['serve', config], {
    encoding: 'utf8',
  })
  const [, newest] = /newest date supported by this server binary is "([\d-]+)"/.exec(stderr) ?? []
  const source = readFileSync(join(root, 'src/addon/options.rs'), 'utf8')
  expect(source).toContain(`const NEWEST_COMPATIBILITY_DATE: &str = "${newest}";`)
})
