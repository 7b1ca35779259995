/** Loans of the catalog. What changes two tables is a batch: all of it happens, or nothing. */
import type { Database } from './books'

export interface Loan {
  id: number
  title: string
  lent_on: string
}

/** Why a book is not lent, in words for the reader. */
export class LoanRefused extends Error {}

/** Takes a copy from the shelf. */
export async function lendBook(db: Database, bookId: number, member: string, on: string): Promise<void> {
  try {
    await db.batch([
      db.prepare('INSERT INTO loans (book_id, member, lent_on) VALUES (?, ?, ?)').bind(bookId, member, on),
      db.prepare('UPDATE books SET copies = copies - 1 WHERE id = ?').bind(bookId),
    ])
  } catch (error) {
    throw refusal(error as Error) ?? error
  }
}

/** Puts the copy back. Answers whether there was such a loan. */
export async function returnBook(db: Database, bookId: number, member: string, on: string): Promise<boolean> {
  const open = 'book_id = ?1 AND member = ?2 AND returned_on IS NULL'
  const [, { meta }] = await db.batch([
    // First, while the loan is still open.
    db
      .prepare(`UPDATE books SET copies = copies + 1 WHERE id IN (SELECT book_id FROM loans WHERE ${open})`)
      .bind(bookId, member),
    db.prepare(`UPDATE loans SET returned_on = ?3 WHERE ${open}`).bind(bookId, member, on),
  ])
  return meta.changes > 0
}

/** What a member has at home. */
export async function openLoans(db: Database, member: string): Promise<Loan[]> {
  const { results } = await db
    .prepare(
      `SELECT loans.id, title, lent_on FROM loans JOIN books ON books.id = book_id
       WHERE member = ? AND returned_on IS NULL ORDER BY lent_on, loans.id`,
    )
    .bind(member)
    .all<Loan>()
  return results
}

/** The rules are constraints of the tables; D1 says in its message which one it was. */
function refusal({ message }: Error): LoanRefused | undefined {
  if (message.includes('CHECK constraint failed: copies')) return new LoanRefused('no copy is left')
  if (message.includes('UNIQUE constraint failed: loans')) return new LoanRefused('you have it already')
  if (message.includes('FOREIGN KEY constraint failed')) return new LoanRefused('there is no such book')
  return undefined
}
