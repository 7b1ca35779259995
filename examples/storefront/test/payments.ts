/**
 * Stands for the partner's payment service. It runs in Node, once for all test files, and nothing undoes what it
 * would remember. So it remembers nothing: the card decides.
 */
export async function payments(request: Request): Promise<Response> {
  const { card, cents } = (await request.json()) as { card: string; cents: number }
  if (card === 'declined') return Response.json({ error: 'card_declined' }, { status: 402 })
  // What is thrown here is the 500 that the Worker sees.
  if (card === 'outage') throw new Error('the payment service is down')
  return Response.json({ id: `charge of ${cents} cents` })
}
