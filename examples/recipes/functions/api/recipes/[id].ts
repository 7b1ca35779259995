import type { Visitor } from '../../_middleware'

interface Recipe {
  title: Record<string, string>
  views: number
}

/** A recipe in the visitor's language. That it was read is noted after the answer. */
export const onRequestGet: PagesFunction<Env, 'id', Visitor> = async ({ env, params, data, waitUntil }) => {
  const id = params.id as string
  const recipe = await env.RECIPES.get<Recipe>(id, 'json')
  if (!recipe) return Response.json({ error: `no recipe ${id}` }, { status: 404 })
  waitUntil(env.RECIPES.put(id, JSON.stringify({ ...recipe, views: recipe.views + 1 })))
  return Response.json({ id, title: recipe.title[data.language] ?? recipe.title['en'] })
}

/** Stores a recipe under the id of the path. */
export const onRequestPut: PagesFunction<Env, 'id', Visitor> = async ({ env, params, data, request }) => {
  const { title } = await request.json<{ title?: unknown }>()
  if (typeof title !== 'string' || title === '') {
    return Response.json({ error: 'a recipe needs a title' }, { status: 400 })
  }
  const recipe: Recipe = { title: { [data.language]: title }, views: 0 }
  await env.RECIPES.put(params.id as string, JSON.stringify(recipe))
  return new Response(null, { status: 201 })
}
