// Builds `dist/`: the glue for Node, the code for the isolate, and the type declarations.
import { readdirSync, rmSync } from 'node:fs'
import { rolldown } from 'rolldown'

import { root, runTool } from './tools.mjs'

rmSync(new URL('dist/node', root), { recursive: true, force: true })
rmSync(new URL('dist/runtime', root), { recursive: true, force: true })
rmSync(new URL('dist/shared', root), { recursive: true, force: true })

/**
 * @param {import('rolldown').InputOptions} input
 * @param {string} dir
 * @param {import('rolldown').OutputOptions} [output]
 */
async function bundle(input, dir, output) {
  const build = await rolldown({ cwd: new URL('.', root).pathname, logLevel: 'warn', ...input })
  await build.write({
    dir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunk-[name].js',
    keepNames: true,
    ...output,
  })
  await build.close()
}

const polyfills = ['polyfills', 'package-polyfills'].flatMap((folder) =>
  readdirSync(new URL(`runtime/${folder}`, root)).map((file) => `${folder}/${file.replace('.ts', '')}`),
)

await bundle(
  {
    input: {
      globals: 'runtime/runner/globals.ts',
      runner: 'runtime/runner/index.ts',
      'cloudflare-test': 'runtime/cloudflare-test/index.ts',
      'cloudflare-workers': 'runtime/cloudflare-workers/index.ts',
      'cloudflare-sockets': 'runtime/cloudflare-sockets/index.ts',
      ...Object.fromEntries(polyfills.map((name) => [name, `runtime/${name}.ts`])),
    },
    platform: 'neutral',
    external: [/^cloudflare:/, /^node:/, /^workerd:/, /^vitest(\/|$)/],
  },
  'dist/runtime',
)

// Workers of their own, and modules that workerd gets as its own, each in one file.
for (const name of ['event-dispatcher', 'network-gate', 'bindings', 'email']) {
  await bundle(
    {
      input: { [name]: `runtime/${name}/index.ts` },
      platform: 'neutral',
      external: /^cloudflare(-internal)?:/,
    },
    'dist/runtime',
    { keepNames: false },
  )
}

await bundle(
  {
    // What both share has state, and is there once.
    input: { index: 'node/index.ts', config: 'node/config.ts' },
    platform: 'node',
    external: [/^node:/, /^vite(st)?(\/|$)/, /^#/],
  },
  'dist/node',
)

runTool('typescript/bin/tsc', ['--project', 'node/tsconfig.build.json'])
