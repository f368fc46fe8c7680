import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { type Pieces, readAhead } from '../src/streaming/read-ahead.ts'
import { slots } from '../src/streaming/slots.ts'
import { stallWatch } from '../src/streaming/stall-watch.ts'
import { turnTaker } from '../src/streaming/turns.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** How many answers are streamed, and how many wait for that. */
    readonly streamLoad: { running: number; waiting: number }
  }
  interface FastifyReply {
    /**
     * Sends JSON that comes in pieces, without holding up or crowding out others: each piece is read in a turn of the
     * event loop of its own, the client's speed is respected, and one that takes nothing for 30 s is cut. Only an answer
     * of 1 MiB or more is a stream: a user gets one at a time, the process sends a few, and others wait.
     * @param open begins to read; again when a piece was `Overtaken` before anything was sent.
     * @throws {ApiError} `too_busy`.
     */
    sendPieces(open: () => Pieces, options?: StreamOptions): Promise<FastifyReply>
  }
}

interface StreamOptions {
  /** Bytes that are read before the first one is sent, at most; 1 MiB if absent. */
  readAheadBytes?: number
  /** Is called just before the first byte is sent, with the whole answer if all of it has been read. */
  begin?(whole: readonly Buffer[] | undefined): void
}

/** Answers below this are no streams, in bytes. */
const minStreamBytes = 1024 * 1024
/** Between two looks at who reads, in ms. */
const watchEveryMs = 1_000

/** A reader that waits may hold 1 MiB. A proxy gives up after a minute without a byte, hence the time. */
const limits = { concurrency: 3, maxQueued: 32, maxQueuedPerOwner: 8, maxWaitMs: 45_000 }
/**
 * Answers whose beginning is read at once, large or not: it is held in memory, and no client slows it down. Without this,
 * some hundred requests of one account at the same time hold 1 MiB each before the first of them is refused.
 */
const beginnings = { concurrency: 4, maxQueued: 64, maxQueuedPerOwner: 16, maxWaitMs: 45_000 }

/** Large answers. The decision is docs/decisions/large-answers.md. */
export default fp(
  async app => {
    const turn = turnTaker()
    const queue = slots(limits)
    const beginning = slots(beginnings)
    const watch = stallWatch(app.now)
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

    app.decorateReply('sendPieces', async function (this: FastifyReply, open, { readAheadBytes = 0, begin } = {}) {
      const { id: owner } = this.request.principal.user
      const closed = closing(this)
      const begun = await beginning.enter(owner, closed)
      const source = readAhead(open, turn)
      let release = () => {}
      let stream: Readable
      try {
        let whole = await source.fill(minStreamBytes).finally(begun)
        if (!whole && this.request.method !== 'HEAD') {
          release = await queue.enter(owner, closed)
          whole = await source.fill(readAheadBytes)
        }
        begin?.(whole)
        if (whole) this.header('Content-Length', lengthOf(whole))
        // The whole of it would be read for a HEAD, and thrown away.
        stream =
          whole || this.request.method !== 'HEAD'
            ? watch.stream(source.parts(), () => void this.raw.destroy())
            : Readable.from([])
      } catch (error) {
        release()
        await source.stop()
        throw error
      }
      stream.once('close', () => {
        release()
        void source.stop()
      })
      return this.type('application/json; charset=utf-8').send(stream)
    })
  },
  { name: 'streaming', dependencies: ['auth', 'clock'] },
)

const lengthOf = (parts: readonly Buffer[]) => parts.reduce((sum, { length }) => sum + length, 0)

/** Aborts when the client has hung up. */
function closing({ raw }: FastifyReply): AbortSignal {
  const closed = new AbortController()
  raw.once('close', () => closed.abort())
  return closed.signal
}
