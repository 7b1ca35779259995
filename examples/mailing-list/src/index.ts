import { app } from './app'
import { type Delivery, deliver } from './deliveries'
import { recordFailures } from './failures'

export default {
  fetch: app.fetch,

  /** One handler for both queues of this Worker. */
  async queue(batch, env) {
    if (batch.queue === 'undelivered') await recordFailures(batch, env)
    else await deliver(batch, env)
  },
} satisfies ExportedHandler<Env, Delivery>
