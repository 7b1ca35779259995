/**
 * The socket to the host: Vitest's messages out and in, and our own questions. Owned by the runner
 * object; others may post from any context.
 */
import { decode, encode } from '../../shared/codec/index.ts'
import type { Envelope } from '../../shared/envelope.ts'
import { KIND, pack, Unpacker } from '../../shared/envelope.ts'
import type { HostAnswer, HostCall } from '../../shared/protocol.ts'
import { asRunner, eventContext, inRunnerObject, knownEvent, runPosted } from './io-context.ts'

/** Until several pool workers share a runtime there is one channel. */
const CHANNEL = 1

// Captured: fake timers replace it, and what is queued there would never be sent.
const nativeQueueMicrotask = globalThis.queueMicrotask

type Listener = (message: unknown) => void

const listeners = new Set<Listener>()
const questions = new Map<number, (answer: HostAnswer) => void>()
const unpacker = new Unpacker()
let socket: WebSocket | undefined
let outbox: Envelope[] = []
/** Who has already arranged for a flush: an event's context, or the runner itself. */
const flushing = new WeakSet<object>()
const RUNNER = {}
let nextId = 1

/** Takes the socket that the host opened. Must be called in the runner object's context. */
export function open(opened: WebSocket): void {
  socket = opened
  opened.binaryType = 'arraybuffer'
  opened.accept()
  opened.addEventListener('message', (event) =>
    asRunner(() => receive(new Uint8Array(event.data as ArrayBuffer))),
  )
}

/** Whether the host has opened the socket. */
export function isOpen(): boolean {
  return socket !== undefined
}

/** Sends one Vitest message. The body is opaque on purpose: only Vitest reads it. */
export function post(message: unknown): void {
  send({ kind: KIND.MESSAGE, channel: CHANNEL, id: 0, body: encode(message) })
}

/** Vitest's ear. */
export function onMessage(listener: Listener): void {
  listeners.add(listener)
}

export function offMessage(listener: Listener): void {
  listeners.delete(listener)
}

/** Hands a message to Vitest as if it had come from the host. */
export function deliver(message: unknown): void {
  for (const listener of listeners) listener(message)
}

/** Asks the host, and throws what it refuses. */
export function ask(call: HostCall): Promise<string | null> {
  return inRunnerObject(async () => {
    const id = nextId++
    const answer = await new Promise<HostAnswer>((resolve) => {
      questions.set(id, resolve)
      send({ kind: KIND.REQUEST, channel: CHANNEL, id, body: encode(call) })
    })
    if ('error' in answer) throw new Error(answer.error)
    return answer.ok
  })
}

function send(envelope: Envelope): void {
  if (!eventContext()) runPosted()
  outbox.push(envelope)
  // One frame for everything that is posted in one go. An event's code cannot use the socket: it hops
  // into the runner object, which then sends what others have posted meanwhile, in order. Each context
  // arranges its own flush, because an event may be cut off before its hop arrives; code of an unknown
  // context may be anybody's, so each message of it arranges one.
  const isRunner = !eventContext()
  const context = isRunner ? RUNNER : (knownEvent() ?? {})
  if (flushing.has(context)) return
  flushing.add(context)
  const flushNow = (): void => {
    flushing.delete(context)
    flush()
  }
  if (isRunner) nativeQueueMicrotask(flushNow)
  else inRunnerObject(flushNow).catch(() => flushing.delete(context))
}

function flush(): void {
  if (!socket) return
  const envelopes = outbox
  outbox = []
  for (const frame of pack(envelopes, () => nextId++)) socket.send(frame)
}

function receive(frame: Uint8Array): void {
  for (const { kind, id, body } of unpacker.unpack(frame)) {
    if (kind === KIND.MESSAGE) deliver(decode(body))
    else if (kind === KIND.RESPONSE) {
      questions.get(id)?.(decode(body) as HostAnswer)
      questions.delete(id)
    }
  }
}
