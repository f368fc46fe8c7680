/** The pieces that have been read so far are out of date: where none has been sent, all are read again. */
export class Overtaken extends Error {
  constructor() {
    super('the data changed while they were read')
    this.name = 'Overtaken'
  }
}

/** Sent at once, in bytes: a longer piece is sent in several parts. */
export const partBytes = 64 * 1024

export type Pieces = AsyncIterator<string, unknown, undefined>

/**
 * Reads a text that comes in pieces, as far ahead as it is told to.
 * @param open begins to read; again when the pieces were `Overtaken`.
 * @param turn is awaited between two pieces.
 */
export function readAhead(open: () => Pieces, turn: () => Promise<void>) {
  let pieces = open()
  let ahead: Buffer[] = []
  let bytes = 0
  let ended = false

  async function read(): Promise<Buffer | undefined> {
    const { value, done } = await pieces.next()
    if (done) {
      ended = true
      return undefined
    }
    return Buffer.from(value)
  }

  return {
    /**
     * Reads until at least so many bytes are held.
     * @returns all parts when that was everything, else undefined.
     */
    async fill(wanted: number): Promise<readonly Buffer[] | undefined> {
      while (!ended && bytes < wanted) {
        if (ahead.length > 0) await turn()
        try {
          const piece = await read()
          if (!piece) break
          ahead.push(piece)
          bytes += piece.length
        } catch (error) {
          if (!(error instanceof Overtaken)) throw error
          pieces = open()
          ahead = []
          bytes = 0
        }
      }
      return ended ? ahead : undefined
    },

    /** What is held, then the rest as it is asked for, in parts of at most `partBytes`, each in a turn of its own. */
    async *parts(): AsyncGenerator<Buffer, void, undefined> {
      for (;;) {
        const piece = ahead.shift() ?? (ended ? undefined : await read())
        if (!piece) return
        for (let start = 0; start < piece.length; start += partBytes) {
          await turn()
          yield piece.subarray(start, start + partBytes)
        }
      }
    },

    /** Stops reading. */
    async stop() {
      ahead = []
      await pieces.return?.()
    },
  }
}
