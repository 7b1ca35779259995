/**
 * Entries in KV, one key each: `<book>/<time>-<random>`. KV lists keys in ascending order, so the time
 * counts down to put the newest entry first.
 */
export interface Draft {
  name: string
  message: string
}

export interface Entry extends Draft {
  id: string
  /** Milliseconds since the epoch. */
  signedAt: number
}

export interface Page {
  /** Newest first. */
  entries: Entry[]
  /** Where the next page starts; missing on the last one. */
  cursor?: string
}

const END_OF_TIME = 9_999_999_999_999

export async function addEntry(
  kv: KVNamespace,
  book: string,
  draft: Draft,
  signedAt = Date.now(),
): Promise<Entry> {
  const countdown = String(END_OF_TIME - signedAt).padStart(13, '0')
  const entry = { ...draft, id: `${countdown}-${crypto.randomUUID()}`, signedAt }
  await kv.put(`${book}/${entry.id}`, JSON.stringify(entry))
  return entry
}

export async function listEntries(kv: KVNamespace, book: string, limit = 10, cursor?: string): Promise<Page> {
  const page = await kv.list({ prefix: `${book}/`, limit, cursor })
  const found = await Promise.all(page.keys.map(({ name }) => kv.get<Entry>(name, 'json')))
  // An entry may be deleted between `list` and `get`.
  const entries = found.filter((entry) => entry !== null)
  return page.list_complete ? { entries } : { entries, cursor: page.cursor }
}

/** Says whether there was such an entry. */
export async function deleteEntry(kv: KVNamespace, book: string, id: string): Promise<boolean> {
  const key = `${book}/${id}`
  if ((await kv.get(key)) === null) return false
  await kv.delete(key)
  return true
}

/** Deletes what was signed before `oldest`, in every book. */
export async function prune(kv: KVNamespace, oldest: number): Promise<void> {
  let cursor: string | undefined
  do {
    const page = await kv.list({ cursor })
    const old = page.keys.filter(({ name }) => signedAtOf(name) < oldest)
    await Promise.all(old.map(({ name }) => kv.delete(name)))
    cursor = page.list_complete ? undefined : page.cursor
  } while (cursor)
}

function signedAtOf(key: string): number {
  const id = key.slice(key.lastIndexOf('/') + 1)
  return END_OF_TIME - Number(id.slice(0, 13))
}
