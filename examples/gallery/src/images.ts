/** Uploads above this go to R2 in parts, which may be sent again one by one. R2 wants at least 5 MiB. */
const PART_BYTES = 5 * 1024 * 1024

/** Stores an image, writes it down, and asks for a thumbnail. */
export async function storeImage(name: string, request: Request, env: Env): Promise<Response> {
  if (!request.body) return new Response('an image is needed', { status: 400 })
  const bytes = Number(request.headers.get('Content-Length'))
  const object =
    bytes > PART_BYTES ? await storeInParts(name, request, env) : await storeAtOnce(name, request, env)
  if (!object) return new Response('somebody was faster', { status: 412 })
  await env.DB.prepare('INSERT OR REPLACE INTO images (name, etag, bytes) VALUES (?, ?, ?)')
    .bind(name, object.etag, object.size)
    .run()
  await env.THUMBNAILS.send({ name, etag: object.etag })
  await caches.default.delete(request.url)
  return Response.json({ name, bytes: object.size }, { status: 201, headers: { ETag: object.httpEtag } })
}

/** `If-Match` and its relatives decide, which is why there may be no object. */
function storeAtOnce(name: string, request: Request, env: Env): Promise<R2Object | null> {
  return env.IMAGES.put(name, request.body, { httpMetadata: request.headers, onlyIf: request.headers })
}

async function storeInParts(name: string, request: Request, env: Env): Promise<R2Object> {
  const upload = await env.IMAGES.createMultipartUpload(name, { httpMetadata: request.headers })
  const image = await request.arrayBuffer()
  const parts: R2UploadedPart[] = []
  for (let at = 0; at < image.byteLength; at += PART_BYTES) {
    parts.push(await upload.uploadPart(parts.length + 1, image.slice(at, at + PART_BYTES)))
  }
  return upload.complete(parts)
}

/** Serves an image or a range of it, from the cache if it is there. */
export async function serveImage(
  name: string,
  request: Request,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response> {
  // The cache knows ranges and conditions as well.
  const cached = await caches.default.match(request)
  if (cached) return cached

  const object = await env.IMAGES.get(name, { onlyIf: request.headers, range: request.headers })
  if (!object) return new Response('no such image', { status: 404 })
  const headers = new Headers({ ETag: object.httpEtag, 'Cache-Control': 'max-age=60' })
  object.writeHttpMetadata(headers)
  if (!('body' in object)) return new Response(null, { status: 304, headers })

  const range = object.range as { offset: number; length: number }
  if (range.length < object.size) {
    headers.set('Content-Range', `bytes ${range.offset}-${range.offset + range.length - 1}/${object.size}`)
    return new Response(object.body, { status: 206, headers })
  }
  const response = new Response(object.body, { headers })
  ctx.waitUntil(caches.default.put(request, response.clone()))
  return response
}

export async function deleteImage(name: string, request: Request, env: Env): Promise<Response> {
  await env.IMAGES.delete([name, thumbnailOf(name)])
  await env.DB.prepare('DELETE FROM images WHERE name = ?').bind(name).run()
  await caches.default.delete(request.url)
  return new Response(null, { status: 204 })
}

export async function listImages(env: Env): Promise<Response> {
  const { results } = await env.DB.prepare('SELECT name, bytes, thumbnail FROM images ORDER BY name').all()
  return Response.json(results)
}

export function thumbnailOf(name: string): string {
  return `thumbnails/${name}`
}
