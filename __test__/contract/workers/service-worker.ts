/** A user Worker in the format from before modules, which neither pool runs. */
import type { Loose } from './loose.ts'

;(globalThis as Loose).addEventListener('fetch', (event: Loose) => {
  event.respondWith(new Response('old'))
})
