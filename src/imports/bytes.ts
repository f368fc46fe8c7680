/** Bytes of a file as they come. */

/** Reads from bytes that come in chunks of any size. */
export class ByteReader {
  #chunks: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)
  #ended = false

  constructor(bytes: AsyncIterable<Buffer>) {
    this.#chunks = bytes[Symbol.asyncIterator]()
  }

  /** The next bytes, as many as there are at once; undefined at the end. */
  async next(max = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    if (this.#held.length === 0) await this.#more()
    if (this.#held.length === 0) return undefined
    const taken = this.#held.subarray(0, max)
    this.#held = this.#held.subarray(taken.length)
    return taken
  }

  /** So many bytes without taking them, or what is left. */
  async peek(length: number): Promise<Buffer> {
    while (this.#held.length < length && !this.#ended) await this.#more()
    return this.#held.subarray(0, length)
  }

  /** So many bytes; undefined when there are fewer. */
  async take(length: number): Promise<Buffer | undefined> {
    const found = await this.peek(length)
    if (found.length < length) return undefined
    this.#held = this.#held.subarray(length)
    return found
  }

  /** Puts bytes back in front. */
  unread(bytes: Buffer) {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([bytes, this.#held])
  }

  /** What is left. */
  async *rest(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const chunk = await this.next()
      if (!chunk) return
      yield chunk
    }
  }

  async #more() {
    while (!this.#ended) {
      const { value, done } = await this.#chunks.next()
      if (done) this.#ended = true
      else if (value.length > 0) {
        this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value])
        return
      }
    }
  }
}

/**
 * Text as UTF-8 without a mark in front: UTF-16 with one is converted.
 */
export async function* utf8(reader: ByteReader): AsyncGenerator<Buffer, void, undefined> {
  const mark = await reader.peek(3)
  if (mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf) await reader.take(3)
  const isUtf16 = (mark[0] === 0xff && mark[1] === 0xfe) || (mark[0] === 0xfe && mark[1] === 0xff)
  if (!isUtf16) return yield* reader.rest()
  const decoder = new TextDecoder(mark[0] === 0xff ? 'utf-16le' : 'utf-16be')
  for await (const chunk of reader.rest()) yield Buffer.from(decoder.decode(chunk, { stream: true }))
  yield Buffer.from(decoder.decode())
}
