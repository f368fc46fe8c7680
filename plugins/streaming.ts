import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { abandonedBy } from '../src/streaming/abandoned.ts'
import { type Pieces, readAhead } from '../src/streaming/read-ahead.ts'
import { readerWatch } from '../src/streaming/readers.ts'
import { type Slot, slots } from '../src/streaming/slots.ts'
import { turnTaker } from '../src/streaming/turns.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How many answers are streamed, how many of slow readers beside them, and how many wait. */
    readonly streamLoad: { running: number; aside: number; waiting: number }
  }
  interface FastifyReply {
    /**
     * Sends JSON, or a text of another type, that comes in pieces, without holding up or crowding out others: each piece is read in a turn of the
     * event loop of its own, the client's speed is respected, and one that takes nothing for 30 s is cut. Only an answer
     * of 1 MiB or more is a stream: a user gets one at a time, the process sends a few, and others wait. Slow readers make
     * way for those.
     * @param open begins to read; again when a piece was `Overtaken` before anything was sent.
     * @throws {ApiError} `too_busy`, and what the guard of the route throws by now.
     */
    sendPieces(open: () => Pieces, options?: StreamOptions): Promise<FastifyReply>
  }
}

interface StreamOptions {
  /** The content type; JSON if absent. */
  type?: string
  /**
   * Begins to read the same pieces once more, and throws if they have changed: then what has been read ahead need not be
   * kept for a slow reader.
   */
  reopen?(): Pieces
  /** Bytes that are read before the first one is sent, at most; 1 MiB if absent. */
  readAheadBytes?: number
  /** Is called just before the first byte is sent, with the whole answer if all of it has been read. */
  begin?(whole: readonly Buffer[] | undefined): void
}

/** Answers below this are no streams, in bytes. */
const minStreamBytes = 1024 * 1024
/** Between two looks at who reads, in ms. */
const watchEveryMs = 1_000

/** A proxy gives up after a minute without a byte, hence the time. */
const limits = {
  of: 'large answers',
  concurrency: 3,
  maxQueued: 32,
  maxQueuedPerAccount: 8,
  maxWaitMs: 45_000,
}
/**
 * Answers whose beginning is read at once, large or not: it is held in memory, and no client slows it down. Without this,
 * some hundred requests of one account at the same time hold 1 MiB each before the first of them is refused.
 */
const beginnings = {
  of: 'large answers',
  concurrency: 4,
  maxQueued: 64,
  maxQueuedPerAccount: 16,
  maxWaitMs: 45_000,
}
/** With this many waiting and three slots, each has its turn within 45 s. A reader holds 1 MiB at most without its slot. */
const readers = { maxSlotMs: 2_000, maxReaders: 64 }

/** Large answers. The decision is docs/decisions/large-answers.md. */
export default fp(
  async app => {
    const turn = turnTaker()
    const queue = slots(limits)
    const beginning = slots(beginnings)
    const watch = readerWatch({ ...readers, now: app.now, wanted: () => queue.wanted })
    const watching = setInterval(watch.look, watchEveryMs).unref()
    app.decorate('streamLoad', { getter: () => queue.load })
    app.reportMetric({
      name: 'streams',
      help: 'Large answers that are being sent, and that wait for their turn',
      kind: 'gauge',
      by: 'state',
      read: () => queue.load,
    })
    app.addHook('preClose', async () => {
      beginning.refuseWaiting()
      queue.refuseWaiting()
    })
    app.addHook('onClose', async () => clearInterval(watching))

    app.decorateReply('sendPieces', async function (this: FastifyReply, open, options = {}) {
      const { readAheadBytes = 0, begin, reopen, type = 'application/json; charset=utf-8' } = options
      const { network, principal } = this.request
      const owner = { account: principal.user.id, network }
      const abandoned = abandonedBy(this.raw)
      const begun = await beginning.enter(owner, abandoned)
      const source = readAhead({ open, turn, reopen })
      let slot: Slot | undefined
      let stream: Readable
      try {
        let whole = await source.fill(minStreamBytes).finally(begun.release)
        if (!whole && this.request.method !== 'HEAD') {
          // Who waits holds nothing: some dozens of beginnings would take as much as the answers that are sent.
          if (!queue.isFree(owner)) await source.startAgain()
          slot = await queue.enter(owner, abandoned)
          // While it waited, the session may have ended.
          await app.reauthorize(this.request)
          whole = await source.fill(readAheadBytes)
        }
        begin?.(whole)
        if (whole) this.header('Content-Length', lengthOf(whole))
        const cut = () => void this.raw.destroy()
        const stepAside = slot && stepAsideWith(slot, source.letGo)
        // The whole of it would be read for a HEAD, and thrown away.
        stream =
          whole || this.request.method !== 'HEAD'
            ? watch.stream(source.parts(), { network, cut, stepAside })
            : Readable.from([])
      } catch (error) {
        slot?.release()
        await source.stop()
        throw error
      }
      stream.once('close', () => {
        slot?.release()
        void source.stop()
      })
      return this.type(type).send(stream)
    })
  },
  { name: 'streaming', dependencies: ['authentication', 'authorization', 'clock', 'network'] },
)

const lengthOf = (parts: readonly Buffer[]) => parts.reduce((sum, { length }) => sum + length, 0)

/** Frees a slot, and what is held in it. */
const stepAsideWith = (slot: Slot, letGo: () => Promise<void>) => () => {
  slot.stepAside()
  void letGo()
}
