import { Readable } from 'node:stream'

/** A reader that takes nothing for this long (ms) is cut. */
export const stalledAfterMs = 30_000

/**
 * Watches who reads. It looks at all readers now and then, so that no part costs a timer.
 * @param now the time, epoch ms.
 */
export function stallWatch(now: () => number) {
  const readers = new Map<Readable, { cut(): void; offeredAt: number | undefined }>()

  return {
    /**
     * Makes a stream of parts, which ends when no part is taken for too long.
     * @param cut is called then.
     */
    stream(parts: AsyncIterable<Buffer>, cut: () => void): Readable {
      const reader = { cut, offeredAt: now() as number | undefined }
      async function* offered() {
        reader.offeredAt = undefined
        for await (const part of parts) {
          reader.offeredAt = now()
          yield part
          reader.offeredAt = undefined
        }
      }
      const stream = Readable.from(offered(), { highWaterMark: 1 })
      readers.set(stream, reader)
      stream.once('close', () => readers.delete(stream))
      return stream
    },

    /** Cuts those that take nothing. */
    look() {
      for (const [stream, { cut, offeredAt = now() }] of readers) {
        if (now() - offeredAt < stalledAfterMs) continue
        readers.delete(stream)
        stream.destroy()
        cut()
      }
    },
  }
}
