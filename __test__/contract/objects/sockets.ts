import { DurableObject } from 'cloudflare:workers'

/** Accepts sockets, `/hibernating` ones in the way that lets the object sleep. */
export class Sockets extends DurableObject<Cloudflare.Env> {
  seen: string[] = []

  override fetch(request: Request): Response {
    const url = new URL(request.url)
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket]
    if (url.pathname === '/hibernating') {
      this.ctx.acceptWebSocket(server, url.searchParams.getAll('tag'))
      server.serializeAttachment({ tags: url.searchParams.getAll('tag') })
    } else {
      server.accept()
      server.addEventListener('message', ({ data }) => server.send(`echo ${String(data)}`))
      server.addEventListener('close', ({ code, reason }) => this.seen.push(`closed ${code} ${reason}`))
      if (url.pathname === '/closing') server.close(4001, 'enough')
    }
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const text = String(message)
    this.seen.push(text)
    if (text === 'quiet') return
    if (text === 'identity') socket.send(String(this.ctx.getWebSockets().includes(socket)))
    else if (text === 'attachment') socket.send(JSON.stringify(socket.deserializeAttachment()))
    else if (text === 'tags') socket.send(JSON.stringify(this.ctx.getTags(socket)))
    else socket.send(`seen ${this.seen.length}: ${text}`)
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string, wasClean: boolean): void {
    this.seen.push(`closed ${code} ${reason} ${wasClean}`)
    socket.close(code, reason)
  }

  all(): string[] {
    return this.seen
  }

  broadcast(tag: string, message: string): number {
    const sockets = this.ctx.getWebSockets(tag)
    for (const socket of sockets) socket.send(message)
    return sockets.length
  }

  answerPings(): void {
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }
}

/** Accepts sockets, and has no handler for their messages. */
export class Deaf extends DurableObject<Cloudflare.Env> {
  override fetch(): Response {
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket]
    this.ctx.acceptWebSocket(server)
    return new Response(null, { status: 101, webSocket: client })
  }

  say(text: string): void {
    for (const socket of this.ctx.getWebSockets()) socket.send(text)
  }
}
