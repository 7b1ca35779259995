/** A user Worker in the format from before modules, which neither pool runs. */
addEventListener('fetch', (event) => {
  ;(event as unknown as { respondWith(response: Response): void }).respondWith(new Response('old'))
})

// Only a module can be imported by a type-checked suite; it exports nothing that is an entrypoint.
export {}
