/** Exports of the user Worker that handle events other than requests. */
import { WorkerEntrypoint } from 'cloudflare:workers'

const EVENTS = ['scheduled', 'queue', 'tail', 'trace', 'tailStream', 'email', 'test'] as const

/** What was handled, in order. */
const handled: unknown[] = []

/** Takes what was handled, as the test sees it: the module is the same. */
export function takeHandled(): unknown[] {
  return handled.splice(0)
}

/** An object with a function for each event. */
export const eventObject = Object.fromEntries(
  EVENTS.map((event) => [
    event,
    (argument: unknown, env: { TEXT: string }) => {
      handled.push({ event, argument, text: env.TEXT })
      return `object ${event}`
    },
  ]),
)

/** A class with a method for each event. */
export class EventClass extends WorkerEntrypoint {
  declare name: string
}
for (const event of EVENTS) {
  Object.defineProperty(EventClass.prototype, event, {
    value(this: EventClass, argument: unknown) {
      handled.push({ event, argument, text: this.env.TEXT })
      return `class ${event}`
    },
  })
}

export class Connecting extends WorkerEntrypoint {
  async connect(socket: { readable: ReadableStream; writable: WritableStream }): Promise<void> {
    handled.push({ event: 'connect' })
    const { value } = await socket.readable.getReader().read()
    const writer = socket.writable.getWriter()
    await writer.write(value)
    await writer.close()
  }
}
