/**
 * What the npm package finds in every CommonJS file below a folder, one JSON array a line: file, exports and
 * re-exports, or the file alone where it finds an ES module or no JavaScript.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv, stdout } from 'node:process'
import { init, parse } from 'cjs-module-lexer'

await init()
/** Links are not followed: one leads back to this repository. */
function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* files(path)
    else if (entry.isFile() && /\.c?js$/.test(entry.name)) yield path
  }
}

const lines = []
for (const file of files(argv[2])) {
  try {
    const { exports, reexports } = parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
    lines.push(JSON.stringify([file, exports, reexports]))
  } catch {
    lines.push(JSON.stringify([file]))
  }
}
stdout.write(lines.join('\n'))
