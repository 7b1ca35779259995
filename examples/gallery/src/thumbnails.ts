import { thumbnailOf } from './images'

/** An image that needs a thumbnail. */
export interface Job {
  name: string
  etag: string
}

/** Makes thumbnails for a batch of images. Each message is decided on its own. */
export async function makeThumbnails(batch: MessageBatch<Job>, env: Env): Promise<void> {
  for (const message of batch.messages) {
    const { name, etag } = message.body
    // Replaced or deleted meanwhile: a newer message takes care of it.
    const object = await env.IMAGES.get(name, { onlyIf: { etagMatches: etag } })
    if (!object || !('body' in object)) {
      message.ack()
      continue
    }
    try {
      await env.IMAGES.put(thumbnailOf(name), shrink(await object.arrayBuffer()))
      await env.DB.prepare('UPDATE images SET thumbnail = ? WHERE name = ?')
        .bind(thumbnailOf(name), name)
        .run()
      message.ack()
    } catch (error) {
      console.warn(`no thumbnail of ${name} yet:`, (error as Error).message)
      message.retry({ delaySeconds: 10 * message.attempts })
    }
  }
}

/** Stands for a real image library. */
function shrink(image: ArrayBuffer): ArrayBuffer {
  if (image.byteLength < 4) throw new Error('this is no image')
  return image.slice(0, 4)
}
