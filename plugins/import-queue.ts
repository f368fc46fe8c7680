import fp from 'fastify-plugin'
import { slots } from '../src/streaming/slots.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Imports that are read: one per account, of whatever kind, and a few in total. */
    readonly importQueue: ReturnType<typeof slots>
    /** An upload that sends nothing for so long is cut off. */
    readonly uploadStallMs: number
  }
}

/** Each holds some megabytes, and takes as long as its sender. */
const limits = { of: 'imports', concurrency: 4, maxQueued: 32, maxQueuedPerAccount: 1, maxWaitMs: 45_000 }

/** The queue of imports, and the time that each has to send its file. */
export default fp<{ stallMs: number | undefined }>(
  async (app, { stallMs = 10_000 }) => {
    const queue = slots(limits)
    app.decorate('uploadStallMs', stallMs)
    app.decorate('importQueue', queue)
    app.addHook('preClose', async () => queue.refuseWaiting())
  },
  { name: 'import-queue' },
)
