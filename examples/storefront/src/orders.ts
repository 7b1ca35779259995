/** Buying: what has to be done in three other places, and undone if one of them refuses. */
import type { Order } from '../accounts/src/index'

export interface Wish {
  sku: string
  quantity: number
  card: string
}

/** Why an order came to nothing, with the status of the answer. */
export class Refusal extends Error {
  constructor(
    readonly status: 401 | 402 | 409 | 502,
    message: string,
  ) {
    super(message)
  }
}

export async function placeOrder(env: Env, token: string, { sku, quantity, card }: Wish): Promise<Order> {
  // The stub holds on to an object in the other Worker, which can go when this function returns.
  using customer = await env.ACCOUNTS.signIn(token).catch((error: Error) => {
    throw new Refusal(401, error.message)
  })
  await env.INVENTORY.reserve(sku, quantity).catch((error: Error) => {
    // Errors keep their name across RPC, not their class: `instanceof OutOfStock` would be false.
    throw error.name === 'OutOfStock' ? new Refusal(409, error.message) : error
  })
  try {
    const order = { sku, quantity, charge: await charge(env, card, quantity) }
    await customer.addOrder(order)
    return order
  } catch (error) {
    await env.INVENTORY.release(sku, quantity)
    throw error
  }
}

/** Returns the id of the charge. */
async function charge(env: Env, card: string, quantity: number): Promise<string> {
  const response = await env.PAYMENTS.fetch('https://payments.example/charges', {
    method: 'POST',
    body: JSON.stringify({ card, cents: 250 * quantity }),
  })
  if (response.status === 402) throw new Refusal(402, 'the card was declined')
  if (!response.ok) throw new Refusal(502, 'payments are not possible at the moment')
  return (await response.json<{ id: string }>()).id
}
