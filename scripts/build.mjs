// Builds everything: the addon (a release build unless `--debug` is given) and `dist/`.
import { setup } from './setup.mjs'
import { root, run, runTool } from './tools.mjs'

setup()
const profile = process.argv.includes('--debug') ? [] : ['--release']
runTool('@napi-rs/cli/dist/cli.js', [
  'build',
  '--platform',
  '--esm',
  '--js',
  'index.js',
  '--dts',
  'index.d.ts',
  ...profile,
  '--',
  '--locked',
])
// A process of its own: it imports packages that may not have been there when this one started.
run(process.execPath, [new URL('scripts/build-js.mjs', root).pathname])
