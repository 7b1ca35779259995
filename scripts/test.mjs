// `npm test`: installs and builds what is missing, and runs everything. Arguments go to Vitest.
import { setup } from './setup.mjs'
import { hostTarget, path, run, runTool } from './tools.mjs'

run(process.execPath, [path('scripts/build.mjs')])
setup('__test__/vitest-4.1/')
setup('__test__/contract/')
setup('__test__/packages/')

// The target is named so that tests share what the addon's build has compiled.
const target = hostTarget()
run('cargo', ['test', '--locked', '--quiet', '--target', target])

// The addon also has to load in the Node that people have, which may be older than ours.
run(process.execPath, [path('__test__/load-addon.mjs')])
runTool('vitest/vitest.mjs', ['run', ...process.argv.slice(2)])
