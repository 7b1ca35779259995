/**
 * Glob patterns for relative paths with `/`. Node has `path.matchesGlob` from version 22 on only.
 *
 * `*` and `?` stay within a segment, `**` is any number of segments, `[a-z]` and `[!a-z]` are one
 * character, `{a,b}` is either. What begins with a dot is only matched by a dot.
 */

/** At the beginning of a segment a wildcard does not take a dot. */
const NOT_HIDDEN = '(?!(?<=^|/)\\.)'

/** A regular expression for whole paths. */
export function globPattern(pattern: string): RegExp {
  return new RegExp(`^${translate(pattern)}$`, 'su')
}

/** How many folders deep a match can be, at most. */
export function globDepth(pattern: string): number {
  return pattern.includes('**') ? Infinity : pattern.split('/').length - 1
}

// Nested braces are found by their outermost pair; what is inside is translated again.
const PIECE =
  /(?<folders>(?<=^|[/{,])\*\*\/)|(?<rest>(?<=^|[/{,])\*\*(?=$|[},]))|(?<many>\*+)|(?<one>\?)|\[(?<not>[!^]?)(?<set>\]?[^\]/]+)\]|(?<brace>\{)|[^]/gu

function translate(pattern: string): string {
  let source = ''
  let position = 0
  while (position < pattern.length) {
    PIECE.lastIndex = position
    const match = PIECE.exec(pattern)!
    position = PIECE.lastIndex
    const { folders, rest, many, one, not, set, brace } = match.groups!
    if (folders !== undefined) source += `(?:${NOT_HIDDEN}[^/]+/)*`
    else if (rest !== undefined) source += `(?:${NOT_HIDDEN}[^/]+/)*${NOT_HIDDEN}[^/]+`
    else if (many !== undefined) source += `${NOT_HIDDEN}[^/]*`
    else if (one !== undefined) source += `${NOT_HIDDEN}[^/]`
    else if (set !== undefined) source += `${NOT_HIDDEN}(?!/)[${not && '^'}${characters(set)}]`
    else {
      const choice = brace === undefined ? undefined : choiceAt(pattern, match.index)
      if (choice) {
        source += `(?:${choice.alternatives.map(translate).join('|')})`
        position = choice.end
      } else source += match[0].replace(/[$()*+.?[\\\]^{|}]/, '\\$&')
    }
  }
  return source
}

/** What stands in brackets, for those of a regular expression. A range that is the wrong way round is empty. */
function characters(set: string): string {
  return set.replace(/(?<from>[^])(?:-(?<to>[^]))?/gu, (_, from: string, to: string | undefined) => {
    if (to === undefined) return escapeCharacter(from)
    const isRange = from.codePointAt(0)! <= to.codePointAt(0)!
    return isRange ? `${escapeCharacter(from)}-${escapeCharacter(to)}` : ''
  })
}

function escapeCharacter(character: string): string {
  return character.replace(/[\\[\]^-]/, '\\$&')
}

/** The alternatives of `{a,b}` that begins here; a brace without its partner, or without a comma, is a brace. */
function choiceAt(pattern: string, start: number): { alternatives: string[]; end: number } | undefined {
  const alternatives: string[] = []
  let depth = 0
  let from = start + 1
  for (let index = start; index < pattern.length; index++) {
    const character = pattern[index]
    if (character === '{') depth++
    if (character === '}') depth--
    if (depth === 0 || (depth === 1 && character === ',')) {
      alternatives.push(pattern.slice(from, index))
      from = index + 1
    }
    if (depth === 0) return alternatives.length > 1 ? { alternatives, end: from } : undefined
  }
  return undefined
}
