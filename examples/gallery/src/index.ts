import { deleteImage, listImages, serveImage, storeImage } from './images'
import { makeThumbnails } from './thumbnails'
import type { Job } from './thumbnails'

export default {
  async fetch(request, env, ctx) {
    const name = new URL(request.url).pathname.slice(1)
    if (!name) return listImages(env)
    switch (request.method) {
      case 'PUT':
        return storeImage(name, request, env)
      case 'GET':
        return serveImage(name, request, env, ctx)
      case 'DELETE':
        return deleteImage(name, request, env)
      default:
        return new Response('Method Not Allowed', { status: 405 })
    }
  },

  queue: (batch, env) => makeThumbnails(batch, env),
} satisfies ExportedHandler<Env, Job>
