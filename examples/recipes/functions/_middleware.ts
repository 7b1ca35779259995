/** What the middleware tells the Functions behind it. */
export type Visitor = Record<'language', string>

/** Finds out which language a visitor reads, and says in the answer that it depends on that. */
export const onRequest: PagesFunction<Env, string, Partial<Visitor>> = async (context) => {
  const [language = 'en'] = context.request.headers.get('accept-language')?.split(/[-,;]/) ?? []
  context.data.language = language
  try {
    const response = await context.next()
    const varied = new Response(response.body, response)
    varied.headers.append('vary', 'accept-language')
    return varied
  } catch (error) {
    return Response.json({ error: error instanceof Error ? error.message : 'unknown' }, { status: 500 })
  }
}
