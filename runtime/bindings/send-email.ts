/**
 * `send_email`: nothing is sent. The host keeps what would have been (`src/simulators/records`), for tests to read.
 */
import { RAW_MESSAGE } from '../email/raw-message.ts'

interface Inner {
  fetcher: Fetcher
  settings: { destinations: string[] | null; senders: string[] | null }
}

type Address = string | { email: string; name?: string }

/** What `send()` takes besides an `EmailMessage`. */
interface Draft {
  from: Address
  to: Address | Address[]
  cc?: Address | Address[]
  bcc?: Address | Address[]
  replyTo?: Address
  subject?: string
  text?: string
  html?: string
  headers?: Record<string, string>
  attachments?: { content: string | ArrayBuffer | ArrayBufferView }[]
}

class SendEmailClient {
  readonly #inner: Inner

  constructor(inner: Inner) {
    this.#inner = inner
  }

  async send(message: unknown): Promise<{ messageId: string }> {
    if (typeof message !== 'object' || message === null) throw new TypeError('send() takes an EmailMessage')
    const record = RAW_MESSAGE in message ? await fromRaw(message) : fromDraft(message as Draft)
    this.#check(record)
    const { fetcher } = this.#inner
    const response = await fetcher.fetch('http://email/', { method: 'POST', body: JSON.stringify(record) })
    if (!response.ok) throw new Error(response.statusText)
    return { messageId: record.messageId }
  }

  #check({ from, to, cc = [], bcc = [] }: SentRecord): void {
    const { destinations, senders } = this.#inner.settings
    if (senders && !senders.includes(from)) throw new Error(`email from ${from} not allowed`)
    for (const address of [...to, ...cc, ...bcc]) {
      if (destinations && !destinations.includes(address)) throw new Error(`email to ${address} not allowed`)
    }
  }
}

interface SentRecord {
  messageId: string
  from: string
  to: string[]
  cc?: string[]
  bcc?: string[]
  [field: string]: unknown
}

/** An `EmailMessage`, whose text is that of the mail as it goes over the wire. */
async function fromRaw(message: object): Promise<SentRecord> {
  const { from, to, [RAW_MESSAGE]: raw } = message as Record<PropertyKey, never>
  const text = await new Response(raw as BodyInit).text()
  const headers = headersOf(text)
  const sender = /<([^<>]*)>\s*$/.exec(headers.get('from') ?? '')?.[1] ?? headers.get('from')
  if (sender?.trim() !== from) throw new Error('From: header does not match mail from')
  const messageId = headers.get('message-id')
  if (!messageId || !/^<[^<>@\s]+@[^<>@\s]+>$/.test(messageId)) throw new Error('invalid message-id')
  const subject = headers.get('subject')
  return { messageId, from, to: [to], ...(subject !== undefined && { subject }), raw: text }
}

/** Header lines by lower-case name; continued ones in one. */
function headersOf(text: string): Map<string, string> {
  const [head = ''] = text.split(/\r?\n\r?\n/, 1)
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line) ?? []
    if (name === undefined) throw new Error(`could not parse email: ${JSON.stringify(line)} is no header`)
    if (!headers.has(name.toLowerCase())) headers.set(name.toLowerCase(), value!.trim())
  }
  return headers
}

function fromDraft(draft: Draft): SentRecord {
  const { from, to, cc, bcc, replyTo, subject, text, html, headers, attachments } = draft
  if (from === undefined || to === undefined) throw new TypeError('send() needs `from` and `to`')
  return {
    messageId: `<${crypto.randomUUID()}@vitest-pool-workerd.invalid>`,
    from: addressOf(from),
    to: addressesOf(to),
    ...(cc !== undefined && { cc: addressesOf(cc) }),
    ...(bcc !== undefined && { bcc: addressesOf(bcc) }),
    ...(replyTo !== undefined && { replyTo: addressOf(replyTo) }),
    ...(subject !== undefined && { subject }),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    ...(headers !== undefined && { headers }),
    ...(attachments !== undefined && {
      attachments: attachments.map((each) => ({ ...each, content: base64(each.content) })),
    }),
  }
}

function addressOf(address: Address): string {
  return typeof address === 'string' ? address : address.email
}

function addressesOf(addresses: Address | Address[]): string[] {
  return [addresses].flat().map(addressOf)
}

/** Content of an attachment. Text is Base64 already, as the product has it. */
function base64(content: string | ArrayBuffer | ArrayBufferView): string {
  if (typeof content === 'string') return content
  const bytes = ArrayBuffer.isView(content)
    ? new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
    : new Uint8Array(content)
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

export function sendEmail(inner: Inner): SendEmailClient {
  return new SendEmailClient(inner)
}
