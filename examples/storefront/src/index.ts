import { Hono } from 'hono'
import { Refusal, type Wish, placeOrder } from './orders'

// Called by `inventory`.
export { Waitlist } from './waitlist'

const app = new Hono<{ Bindings: Env }>()

app.get('/products/:sku', async (c) => {
  const sku = c.req.param('sku')
  // Straight to the other Worker's object: no need to go through its entrypoint to read.
  return c.json({ sku, available: await c.env.STOCK.getByName(sku).available() })
})

app.post('/products/:sku/waitlist', async (c) => {
  const { email } = await c.req.json<{ email: string }>()
  await c.env.WAITLIST.put(`${c.req.param('sku')}/${email}`, '')
  return c.body(null, 204)
})

app.post('/orders', async (c) => {
  return c.json(await placeOrder(c.env, tokenOf(c.req.raw), await c.req.json<Wish>()), 201)
})

app.get('/orders', async (c) => {
  // The second call does not wait for the first: both travel at once.
  return c.json(await c.env.ACCOUNTS.signIn(tokenOf(c.req.raw)).orders())
})

app.onError((error, c) => {
  if (error instanceof Refusal) return c.json({ error: error.message }, error.status)
  throw error
})

function tokenOf(request: Request): string {
  return request.headers.get('authorization')?.replace('Bearer ', '') ?? ''
}

export default app
