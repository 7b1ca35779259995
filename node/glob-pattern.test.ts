import fc from 'fast-check'
import { expect, test } from 'vitest'

import { globDepth, globPattern } from './glob-pattern.ts'

const PATHS = [
  '1.sql',
  '10.sql',
  'a.txt',
  '.hidden.sql',
  'x/1.sql',
  'x/a.txt',
  'x/.hidden.sql',
  'x/y/1.sql',
  '.x/1.sql',
  'b (c)/[d]+{e}.sql',
]

test.each<[string, string[]]>([
  ['*.sql', ['1.sql', '10.sql']],
  ['?.sql', ['1.sql']],
  ['1*', ['1.sql', '10.sql']],
  ['*', ['1.sql', '10.sql', 'a.txt']],
  ['*/*.sql', ['x/1.sql', 'b (c)/[d]+{e}.sql']],
  ['**/1.sql', ['1.sql', 'x/1.sql', 'x/y/1.sql']],
  ['x/**', ['x/1.sql', 'x/a.txt', 'x/y/1.sql']],
  ['x/**/*.sql', ['x/1.sql', 'x/y/1.sql']],
  ['**/y/**', ['x/y/1.sql']],
  ['x**/1.sql', ['x/1.sql']],
  ['**.sql', ['1.sql', '10.sql']],
  ['**/.*', ['.hidden.sql', 'x/.hidden.sql']],
  ['.x/*', ['.x/1.sql']],
  ['.*/?.sql', ['.x/1.sql']],
  ['[0-9].sql', ['1.sql']],
  ['[!a-b]*', ['1.sql', '10.sql']],
  ['[^1].txt', ['a.txt']],
  ['[9-0x-]*', []],
  ['[]a-].txt', ['a.txt']],
  ['{1,a}.*', ['1.sql', 'a.txt']],
  ['{x/,}1.sql', ['1.sql', 'x/1.sql']],
  ['x/{*.txt,{y,z}/*}', ['x/a.txt', 'x/y/1.sql']],
  ['{**/a,1}.*', ['1.sql', 'a.txt', 'x/a.txt']],
  // No pattern, or not a whole one.
  ['b (c)/[[]d]+{e}.sql', ['b (c)/[d]+{e}.sql']],
  ['b (c)/?d?+{e}.sql', ['b (c)/[d]+{e}.sql']],
  ['{1.sql', []],
  ['[1.sql', []],
  ['1xsql', []],
  ['', []],
])('%j', (pattern, expected) => {
  expect(PATHS.filter((path) => globPattern(pattern).test(path))).toEqual(expected)
  for (const path of expected) expect(path.split('/').length - 1).toBeLessThanOrEqual(globDepth(pattern))
})

test('characters that are none of a pattern match themselves', () => {
  const plain = fc.string({ unit: 'binary' }).filter((text) => !/[*?[{]/.test(text) && text.isWellFormed())
  fc.assert(
    fc.property(plain, plain, (text, other) => {
      expect(globPattern(text).test(text)).toBe(true)
      if (text !== other) expect(globPattern(text).test(other)).toBe(false)
    }),
  )
})

test('every pattern is a pattern', () => {
  const pieces = fc.string({ unit: fc.constantFrom(...'*?[]{},!^-/.\\()+|$a'), maxLength: 12 })
  fc.assert(
    fc.property(pieces, (pattern) => {
      expect(globPattern(pattern)).toBeInstanceOf(RegExp)
    }),
    { numRuns: 2000 },
  )
})
