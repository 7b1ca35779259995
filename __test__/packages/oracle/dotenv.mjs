/**
 * What the npm packages make of files of variables, one JSON array a line: the text, what `dotenv` reads, and what
 * `dotenv-expand` makes of that.
 */
import { stdout } from 'node:process'
import { parse } from 'dotenv'
import { expand } from 'dotenv-expand'

const PIECES = [
  'A',
  'B_1',
  'c.d',
  '=',
  '=',
  '=',
  ' = ',
  ': ',
  ':',
  '\n',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '#',
  ' # note',
  "'",
  '"',
  '`',
  '\\n',
  '\\',
  '\\"',
  'x',
  'a b',
  '1',
  'export ',
  '{"k": 1}',
  '\n\n',
]
const REFERENCES = [
  '${A}',
  '$A',
  '${B_1}',
  '${NONE}',
  '${NONE:-x}',
  '${NONE-y}',
  '\\$C',
  'text',
  '-',
  '/',
  ' ',
]

/** The same numbers each time. */
let state = 1
function below(end) {
  state = (state * 48271) % 2147483647
  return state % end
}

const pick = (from, most) => Array.from({ length: below(most) }, () => from[below(from.length)]).join('')
const lines = []
for (let index = 0; index < 4000; index++) {
  const text = pick(PIECES, 14)
  lines.push(JSON.stringify([text, parse(text), null]))
}
for (let index = 0; index < 1000; index++) {
  const text = `A=${pick(['a', 'b', ' '], 4)}\nB_1=${pick(['${A}', 'b'], 3)}\nX="${pick(REFERENCES, 6)}"`
  const parsed = parse(text)
  lines.push(JSON.stringify([text, parsed, expand({ parsed: { ...parsed }, processEnv: {} }).parsed]))
}
stdout.write(lines.join('\n'))
