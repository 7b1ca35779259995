/**
 * Splits the text of an SQL file into statements, by SQLite's rules of what is a string, an identifier, a
 * comment and a trigger. The statements themselves are not understood, and not checked.
 */

// A doubled quote inside of a string ends one token and begins the next, which comes to the same. What is
// never closed reaches to the end of the text.
const TOKEN =
  /(?<nothing>\s+|--[^\n]*|\/\*[^]*?(?:\*\/|$))|(?<end>;)|(?<word>[\w$\u0080-\uffff]+)|'[^']*'?|"[^"]*"?|`[^`]*`?|\[[^\]]*\]?|[^]/g

const TRIGGER = /^CREATE (?:TEMP |TEMPORARY )?TRIGGER /

/** The statements, trimmed and without their semicolons. Comments stay where they are; what is only comments goes. */
export function splitStatements(text: string): string[] {
  return statements(text).map((statement) => statement.text)
}

/**
 * What D1 is to run for a file. D1 wraps each migration in a transaction and refuses statements that
 * control one, but exports of SQLite databases come wrapped in `BEGIN TRANSACTION;` and `COMMIT;`: one pair
 * is taken off. Other ways to write it are left for D1 to refuse, as it would in production.
 */
export function migrationQueries(text: string): { queries: string[] } | 'several transactions' {
  const found = statements(text)
  const begin = found.findIndex(({ code }) => code === 'BEGIN TRANSACTION')
  if (begin >= 0) {
    found.splice(begin, 1)
    if (found.some(({ code }) => code === 'BEGIN TRANSACTION')) return 'several transactions'
    const commit = found.findIndex(({ code }, index) => index >= begin && code === 'COMMIT')
    if (commit >= 0) found.splice(commit, 1)
  } else if (found.length === 1 && !/;\s*\S/.test(text)) {
    // A single statement is passed on as it is written.
    return { queries: [text] }
  }
  return { queries: found.map((statement) => statement.text) }
}

interface Statement {
  text: string
  /** Without comments at both ends. */
  code: string
}

function statements(text: string): Statement[] {
  const found: Statement[] = []
  let start = 0
  let firstToken = -1
  let lastToken = -1
  /** The first words, upper case, as far as they tell whether this creates a trigger. */
  let opening = ''
  let isTrigger = false
  /** In a trigger: how much of the `; END ;` that ends it has been seen. SQLite itself looks for that. */
  let seen: '' | ';' | '; END' = ''

  const finish = (end: number): void => {
    if (firstToken >= 0) {
      found.push({ text: text.slice(start, end).trim(), code: text.slice(firstToken, lastToken) })
    }
    start = end + 1
    firstToken = lastToken = -1
    opening = seen = ''
    isTrigger = false
  }

  for (const match of text.matchAll(TOKEN)) {
    const { nothing, end, word } = match.groups!
    if (nothing !== undefined) continue
    if (end !== undefined && !(isTrigger && seen !== '; END')) {
      finish(match.index)
      continue
    }
    if (firstToken < 0) firstToken = match.index
    lastToken = match.index + match[0].length
    const keyword = word?.toUpperCase()
    if (opening.length < 'CREATE TEMPORARY TRIGGER '.length) {
      opening += `${keyword ?? '?'} `
      isTrigger ||= TRIGGER.test(opening)
    }
    if (end !== undefined) seen = ';'
    else seen = seen === ';' && keyword === 'END' ? '; END' : ''
  }
  finish(text.length)
  return found
}
