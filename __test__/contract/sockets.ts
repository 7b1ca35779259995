/** What the suites about WebSockets share: the client's side. */

/** The client's side of a socket. */
export interface Client {
  socket: WebSocket
  /** The next message that was not asked for yet. */
  next(): Promise<string>
  closed: Promise<{ code: number; reason: string }>
}

/** Opens a socket to an object. */
export async function connect(stub: DurableObjectStub, path: string): Promise<Client> {
  const response = await stub.fetch(`http://sockets${path}`, { headers: { upgrade: 'websocket' } })
  const socket = response.webSocket!
  const messages: string[] = []
  const waiting: ((message: string) => void)[] = []
  socket.addEventListener('message', ({ data }) => {
    const resolve = waiting.shift()
    if (resolve) resolve(String(data))
    else messages.push(String(data))
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
  })
  socket.accept()
  return {
    socket,
    next: () =>
      messages.length > 0
        ? Promise.resolve(messages.shift()!)
        : new Promise((resolve) => waiting.push(resolve)),
    closed,
  }
}
