// `npm run demo`: installs, builds, and runs the tests of `examples/guestbook` inside workerd.
import { path, run, runTool } from './tools.mjs'

run(process.execPath, [path('scripts/build.mjs')])
console.log('\nThe tests of examples/guestbook, inside workerd:')
runTool('vitest/vitest.mjs', ['run', '--reporter=verbose'], { cwd: path('examples/guestbook') })
