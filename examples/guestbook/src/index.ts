import { app } from './app'
import { prune } from './entries'

// Classes that the runtime has to find by name: a Durable Object and a named entrypoint.
export { Counter } from './counter'
export { Moderation } from './moderation'

const DAY_MS = 24 * 60 * 60 * 1000

export default {
  fetch: app.fetch,

  /** Once a night (see `triggers` in wrangler.jsonc): forgets entries that are too old. */
  scheduled(controller, env, ctx) {
    const oldest = controller.scheduledTime - env.RETENTION_DAYS * DAY_MS
    ctx.waitUntil(prune(env.GUESTBOOK, oldest))
  },
} satisfies ExportedHandler<Env>
