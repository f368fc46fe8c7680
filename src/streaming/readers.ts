import { Readable } from 'node:stream'

/** A reader that takes nothing for this long (ms) is cut. */
export const stalledAfterMs = 30_000
/** A reader that has taken nothing for this long (ms) is a slow one: it is waited for, and not the other way round. */
export const slowAfterMs = 1_000

export interface ReaderWatchOptions {
  /** The time, epoch ms. */
  now(): number
  /** Callers that wait for a slot. */
  wanted(): number
  /** The time (ms) for which a reader keeps its slot while others wait. */
  maxSlotMs: number
  /** Readers at once; beyond it slow ones are cut. */
  maxReaders: number
}

export interface ReaderOwner {
  network: string
  /** Ends the connection. */
  cut(): void
  /** Frees the slot for others and holds little from then on; absent for a reader without a slot. */
  stepAside?: (() => void) | undefined
}

interface Reader extends ReaderOwner {
  since: number
  /** When the part was offered that has not been taken; undefined while the next one is being made. */
  offeredAt: number | undefined
  takenBytes: number
}

/**
 * Watches who reads, so that nobody who is slow is in the way of others. It looks at all readers now and then, so that no
 * part costs a timer.
 */
export function readerWatch({ now, wanted, maxSlotMs, maxReaders }: ReaderWatchOptions) {
  const readers = new Map<Readable, Reader>()

  function cut(stream: Readable, reader: Reader) {
    readers.delete(stream)
    stream.destroy()
    reader.cut()
  }

  const waitedFor = ({ offeredAt = now() }: Reader) => now() - offeredAt

  function cutStalled() {
    for (const [stream, reader] of readers) if (waitedFor(reader) >= stalledAfterMs) cut(stream, reader)
  }

  /** Those that have had their slot for longest make way for those that wait. */
  function makeWay() {
    const inSlots = [...readers.values()].filter(({ stepAside, since }) => stepAside && now() - since >= maxSlotMs)
    for (const reader of inSlots.slice(0, wanted())) {
      reader.stepAside?.()
      reader.stepAside = undefined
    }
  }

  /** When there are too many, the slowest reader of the network that has the most slow ones is cut. */
  function cutSlowest() {
    while (readers.size > maxReaders) {
      const slow = [...readers].filter(([, reader]) => waitedFor(reader) >= slowAfterMs)
      const count = (network: string) => slow.filter(([, reader]) => reader.network === network).length
      const rate = ({ takenBytes, since }: Reader) => takenBytes / (now() - since)
      slow.sort(([, a], [, b]) => count(b.network) - count(a.network) || rate(a) - rate(b))
      const [slowest] = slow
      if (!slowest) return
      cut(...slowest)
    }
  }

  return {
    /** Makes a stream of parts for a reader. It ends when no part is taken for too long. */
    stream(parts: AsyncIterable<Buffer>, owner: ReaderOwner): Readable {
      const reader: Reader = { ...owner, since: now(), offeredAt: now(), takenBytes: 0 }
      async function* offered() {
        reader.offeredAt = undefined
        for await (const part of parts) {
          reader.offeredAt = now()
          yield part
          reader.offeredAt = undefined
          reader.takenBytes += part.length
        }
      }
      const stream = Readable.from(offered(), { highWaterMark: 1 })
      readers.set(stream, reader)
      stream.once('close', () => readers.delete(stream))
      return stream
    },

    /** Cuts those that take nothing, and makes way for others. */
    look() {
      cutStalled()
      makeWay()
      cutSlowest()
    },
  }
}
