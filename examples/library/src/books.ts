/** Books of the catalog. */

export interface Book {
  id: number
  title: string
  author: string
  /** Copies on the shelf. */
  copies: number
}

/** A database, or a session with one. */
export type Database = Pick<D1Database, 'prepare' | 'batch'>

/** Returns the id. Copies of a book that is there are added to it. */
export async function addBook(db: Database, book: Omit<Book, 'id'>): Promise<number> {
  const id = await db
    .prepare(
      `INSERT INTO books (title, author, copies) VALUES (?1, ?2, ?3)
       ON CONFLICT DO UPDATE SET copies = copies + excluded.copies
       RETURNING id`,
    )
    .bind(book.title, book.author, book.copies)
    .first<number>('id')
  if (id === null) throw new Error('INSERT … RETURNING returned nothing')
  return id
}

export function findBook(db: Database, id: number): Promise<Book | null> {
  return db.prepare('SELECT * FROM books WHERE id = ?').bind(id).first<Book>()
}

/** Books by a part of the title or of the author's name, in any case. */
export async function searchBooks(db: Database, text: string): Promise<Book[]> {
  // `instr`, and not `LIKE`, in which % and _ of the reader's would have a meaning.
  const { results } = await db
    .prepare('SELECT * FROM books WHERE instr(lower(title || char(10) || author), lower(?)) ORDER BY title')
    .bind(text)
    .all<Book>()
  return results
}
