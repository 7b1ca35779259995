/** The bytes are not a message of this codec: cut off, altered, or of another version. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
  /** Where in the input, in bytes. */
  readonly offset: number

  constructor(reason: string, offset: number, options?: { cause: unknown }) {
    super(`cannot decode message: ${reason} at byte ${offset}`, options)
    this.offset = offset
  }
}
