/** A pipeline takes records, and forgets them, as the peers' does. */
class PipelineClient {
  async send(records: unknown): Promise<void> {
    if (!Array.isArray(records)) throw new TypeError('Pipeline.send() takes an array of records')
  }
}

export function pipeline(): PipelineClient {
  return new PipelineClient()
}
