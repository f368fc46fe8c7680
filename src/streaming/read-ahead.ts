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

export interface ReadAheadOptions {
  /** Begins to read; again when the pieces were `Overtaken`. */
  open(): Pieces
  /** Is awaited between two pieces. */
  turn(): Promise<void>
  /**
   * Begins to read the same pieces once more, and throws if they have changed. Absent where they cannot be read again.
   */
  reopen?: (() => Pieces) | undefined
}

/** Reads a text that comes in pieces, as far ahead as it is told to. */
export function readAhead({ open, turn, reopen }: ReadAheadOptions) {
  let pieces = open()
  let ahead: Buffer[] = []
  let bytes = 0
  let ended = false
  /** Pieces that have been handed out, and those that are to be read once more before the next one. */
  let taken = 0
  let toSkip = 0

  async function read(): Promise<Buffer | undefined> {
    for (; toSkip > 0; toSkip--) {
      await pieces.next()
      await turn()
    }
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
      return ended ? [...ahead] : undefined
    },

    /** Lets go of what is held before any of it has been handed out: it is read from the beginning again. */
    async startAgain() {
      ahead = []
      bytes = 0
      const old = pieces
      pieces = open()
      await old.return?.()
    },

    /** What is held, then the rest as it is asked for, in parts of at most `partBytes`, each in a turn of its own. */
    async *parts(): AsyncGenerator<Buffer, void, undefined> {
      for (;;) {
        const piece = ahead.shift() ?? (ended ? undefined : await read())
        if (!piece) return
        taken++
        for (let start = 0; start < piece.length; start += partBytes) {
          await turn()
          yield piece.subarray(start, start + partBytes)
        }
      }
    },

    /** Lets go of what is held, if it can be read again. */
    async letGo() {
      if (!reopen || ahead.length === 0) return
      ahead = []
      ended = false
      toSkip = taken
      const old = pieces
      pieces = reopen()
      await old.return?.()
    },

    /** Stops reading. */
    async stop() {
      ahead = []
      await pieces.return?.()
    },
  }
}
