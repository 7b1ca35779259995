/**
 * What Node makes of modules, as JSON on standard output. Standard input has, for each kind of import, specifiers
 * and what to load for them.
 */
import { createRequire } from 'node:module'
import { stdin, stdout } from 'node:process'
import { text } from 'node:stream/consumers'

import { namesOf, typesOf } from '../native/names.mjs'

const require = createRequire(new URL('../native/requires.cjs', import.meta.url))

const result = { import: {}, require: {} }
const asked = JSON.parse(await text(stdin))
for (const [specifier, module] of Object.entries(asked.import)) {
  result.import[specifier] = namesOf(await import(module))
}
for (const [specifier, module] of Object.entries(asked.require)) {
  result.require[specifier] = typesOf(require(module))
}
stdout.write(JSON.stringify(result))
