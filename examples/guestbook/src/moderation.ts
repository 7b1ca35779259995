import { WorkerEntrypoint } from 'cloudflare:workers'
import { deleteEntry, listEntries } from './entries'

/** Words of the text that are on the list, in the order of the list, whatever their case. */
export function findBannedWords(text: string, banned: string[]): string[] {
  const words = new Set(text.toLowerCase().match(/\p{L}+/gu))
  return banned.filter((word) => words.has(word.toLowerCase()))
}

/**
 * For other Workers, such as an admin site: a service binding with `"entrypoint": "Moderation"` lets them
 * call these methods, without HTTP and without exposing them to the internet.
 */
export class Moderation extends WorkerEntrypoint<Env> {
  check(text: string): { allowed: boolean; banned: string[] } {
    const banned = findBannedWords(text, this.env.BANNED_WORDS)
    return { allowed: banned.length === 0, banned }
  }

  /** Deletes the entries of a book that a longer list of banned words would have kept out. */
  async purge(book: string, banned: string[]): Promise<number> {
    const kv = this.env.GUESTBOOK
    let purged = 0
    let cursor: string | undefined
    do {
      const page = await listEntries(kv, book, 100, cursor)
      for (const { id, message } of page.entries) {
        if (findBannedWords(message, banned).length === 0) continue
        if (await deleteEntry(kv, book, id)) purged++
      }
      cursor = page.cursor
    } while (cursor)
    return purged
  }
}
