import { archiveLoans } from './archive'
import { findBook, searchBooks } from './books'
import { LoanRefused, lendBook, openLoans, returnBook } from './loans'

const DAY_MS = 24 * 60 * 60 * 1000

export default {
  async fetch(request, env) {
    const url = new URL(request.url)
    const today = dateOf(Date.now())
    const [kind, name, member] = url.pathname.slice(1).split('/').map(decodeURIComponent)
    // A reader who has just borrowed a book wants to see that, whichever replica answers: the bookmark goes to the
    // browser and comes back with the next request.
    const db = env.CATALOG.withSession(request.headers.get('x-bookmark') ?? 'first-unconstrained')
    const answer = (body: unknown, status = 200): Response =>
      Response.json(body, { status, headers: { 'x-bookmark': db.getBookmark() ?? '' } })

    switch (`${request.method} ${kind}`) {
      case 'GET books': {
        if (!name) return answer(await searchBooks(db, url.searchParams.get('q') ?? ''))
        const book = await findBook(db, Number(name))
        return book ? answer(book) : answer({ error: 'there is no such book' }, 404)
      }
      case 'GET loans':
        return answer(await openLoans(db, name))
      case 'PUT loans':
        try {
          await lendBook(db, Number(name), member, today)
          return answer({ lent_on: today }, 201)
        } catch (error) {
          if (error instanceof LoanRefused) return answer({ error: error.message }, 409)
          throw error
        }
      case 'DELETE loans':
        if (await returnBook(db, Number(name), member, today)) return answer({ returned_on: today })
        return answer({ error: 'there is no such loan' }, 404)
      default:
        return new Response('Not Found', { status: 404 })
    }
  },

  /** Once a night: who had which book is nobody's business a month later. */
  async scheduled(controller, env) {
    const before = dateOf(controller.scheduledTime - 30 * DAY_MS)
    let moved: number
    do {
      moved = await archiveLoans(env, before)
    } while (moved > 0)
  },
} satisfies ExportedHandler<Env>

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
