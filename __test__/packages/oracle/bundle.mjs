/**
 * Every import that Wrangler's bundler follows from one file of `native/`, and where it leads, one JSON array a line:
 * importer, specifier, `import` or `require`, and the file. `null` instead of the file is a module that the runtime
 * has; a file that a `browser` field replaces by nothing ends in `(disabled)`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, execPath, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('..', import.meta.url))
const wrangler = join(folder, '../contract/node_modules/wrangler/bin/wrangler.js')
const [, , file] = argv
const entry = join(folder, `native/${file}`)

// Paths in the metafile are relative to it.
const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'vpw-bundle-')))
try {
  const metafile = join(temporary, 'meta.json')
  const worker = join(temporary, 'worker.mjs')
  const text = `import * as module from ${JSON.stringify(entry)}\nexport default { fetch: () => new Response(String(Object.keys(module))) }\n`
  writeFileSync(worker, text)
  const config = join(temporary, 'wrangler.json')
  const settings = {
    name: 'packages',
    main: worker,
    compatibility_date: '2026-11-01',
    compatibility_flags: ['nodejs_compat'],
  }
  writeFileSync(config, JSON.stringify(settings))
  const options = [
    '--config',
    config,
    '--dry-run',
    '--outdir',
    join(temporary, 'out'),
    `--metafile=${metafile}`,
  ]
  execFileSync(execPath, [wrangler, 'deploy', ...options], {
    // Wrangler leaves a folder of its own there.
    cwd: temporary,
    env: { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const { inputs } = JSON.parse(readFileSync(metafile, 'utf8'))
  const absolute = (path) => {
    const disabled = /^\(disabled\):(.*)$/.exec(path)
    return join(temporary, disabled ? disabled[1] : path) + (disabled ? ' (disabled)' : '')
  }
  for (const [importer, { imports }] of Object.entries(inputs)) {
    for (const { path, kind, original, external } of imports) {
      if (!original && !external) continue
      const method = kind === 'require-call' ? 'require' : 'import'
      const line = [absolute(importer), original ?? path, method, external ? null : absolute(path)]
      stdout.write(`${JSON.stringify(line)}\n`)
    }
  }
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
