// A named entrypoint: `exports.Moderation` is what another Worker gets from a service binding to it.
import { env } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { addEntry, listEntries } from '../src/entries'
import { findBannedWords } from '../src/moderation'

// Plain functions need no binding at all.
test.each([
  ['Spam, SPAM and spam', ['spam']],
  ['a casino full of spam', ['spam', 'casino']],
  ['spamming is another word', []],
  ['', []],
])('findBannedWords(%j) is %j', (text, expected) => {
  expect(findBannedWords(text, ['spam', 'casino'])).toEqual(expected)
})

test('check() reads the list from the bindings', async () => {
  expect(await exports.Moderation.check('Hello')).toEqual({ allowed: true, banned: [] })
  expect(await exports.Moderation.check('Spam')).toEqual({ allowed: false, banned: ['spam'] })
})

describe('purge()', () => {
  beforeAll(async () => {
    await addEntry(env.GUESTBOOK, 'cellar', { name: 'Ada', message: 'I like wine' })
    await addEntry(env.GUESTBOOK, 'cellar', { name: 'Bob', message: 'I like beer' })
    await addEntry(env.GUESTBOOK, 'attic', { name: 'Eve', message: 'No wine here' })
  })

  test('deletes matching entries of one book', async () => {
    expect(await exports.Moderation.purge('cellar', ['wine', 'gin'])).toBe(1)
    const [cellar, attic] = await Promise.all(
      ['cellar', 'attic'].map((book) => listEntries(env.GUESTBOOK, book)),
    )
    expect(cellar.entries.map(({ name }) => name)).toEqual(['Bob'])
    expect(attic.entries.map(({ name }) => name)).toEqual(['Eve'])
  })

  test('deletes nothing when nothing matches', async () => {
    // The seeds are complete again, although the other test deleted one of them.
    expect(await exports.Moderation.purge('cellar', ['gin'])).toBe(0)
    expect((await listEntries(env.GUESTBOOK, 'cellar')).entries).toHaveLength(2)
  })
})
