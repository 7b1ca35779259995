/** Moves loans that are over to the archive, which does not know who it was. */

const LOANS_MAX = 50

interface PastLoan {
  id: number
  title: string
  lent_on: string
  returned_on: string
}

/**
 * Returns how many were moved. No transaction spans two databases, so the order matters: a loan is in the archive before
 * it leaves the catalog, and one that was left in both by a failure is just moved again.
 */
export async function archiveLoans({ CATALOG, ARCHIVE }: Env, before: string): Promise<number> {
  const { results } = await CATALOG.prepare(
    `SELECT loans.id, title, lent_on, returned_on FROM loans JOIN books ON books.id = book_id
     WHERE returned_on < ? ORDER BY loans.id LIMIT ?`,
  )
    .bind(before, LOANS_MAX)
    .all<PastLoan>()
  if (results.length === 0) return 0
  const insert = ARCHIVE.prepare('INSERT OR IGNORE INTO loans VALUES (?, ?, ?, ?)')
  await ARCHIVE.batch(results.map((loan) => insert.bind(loan.id, loan.title, loan.lent_on, loan.returned_on)))
  const remove = CATALOG.prepare('DELETE FROM loans WHERE id = ?')
  await CATALOG.batch(results.map(({ id }) => remove.bind(id)))
  return results.length
}
