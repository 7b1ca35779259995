/** What `cloudflare:email` exports. workerd has that module, and leaves this part of it to whoever runs it. */
import { RAW_MESSAGE } from './raw-message.ts'

class EmailMessage {
  readonly from: string
  readonly to: string

  constructor(from: string, to: string, raw: string | ReadableStream) {
    this.from = from
    this.to = to
    Object.defineProperty(this, RAW_MESSAGE, { value: raw })
  }
}

export default { EmailMessage }
