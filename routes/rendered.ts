import type { FastifyReply } from 'fastify'
import { LRUCache } from 'lru-cache'
import { type Coding, compressed, minCompressedBytes } from '../src/http/codings.ts'

/** A cache of rendered answers. */

/** An answer as it was sent. */
export interface Rendered {
  bytes: Buffer
  link: string | undefined
  /** What `bytes` are compressed by. */
  coding?: Coding
}

/**
 * Caches rendered answers by ETag: whatever changes an answer changes its ETag, so no entry is ever stale. One that is sent
 * compressed is kept in that form only, which takes a quarter of the memory.
 * @param maxSize in total, in bytes.
 * @param maxEntrySize per answer, in bytes.
 */
export function renderedAnswers(maxSize: number, maxEntrySize: number) {
  const cache = new LRUCache<string, Rendered>({
    maxSize,
    maxEntrySize,
    sizeCalculation: ({ bytes }) => bytes.length + 1_000,
  })
  const lookups = { hit: 0, miss: 0 }

  function sendForm(reply: FastifyReply, etag: string, form: Rendered) {
    const { bytes, link, coding } = form
    const key = etag + (coding ?? '')
    if (cache.peek(key) !== form) cache.set(key, form)
    if (link !== undefined) reply.header('Link', link)
    if (coding) reply.coded(coding)
    return reply.type('application/json; charset=utf-8').send(bytes)
  }

  return {
    /** How many answers there are. */
    get size() {
      return cache.size
    },
    /** How often an answer was found. */
    lookups,
    /** The answer with an ETag, best in the coding that the client takes. */
    find(reply: FastifyReply, etag: string): Rendered | undefined {
      const coding = reply.coding()
      const found = (coding && cache.get(etag + coding)) ?? cache.get(etag)
      lookups[found ? 'hit' : 'miss']++
      return found
    },
    /** Keeps an answer that may be asked for again. */
    keep(etag: string, rendered: Rendered) {
      cache.set(etag, rendered)
    },
    /** Sends an answer in the coding that the client takes, and keeps it in that form. */
    send(reply: FastifyReply, etag: string, rendered: Rendered): FastifyReply | Promise<FastifyReply> {
      const { bytes, link } = rendered
      const coding = rendered.coding || bytes.length < minCompressedBytes ? undefined : reply.coding()
      if (coding === undefined) return sendForm(reply, etag, rendered)
      const sendCoded = (bytes: Buffer) => sendForm(reply, etag, { bytes, link, coding })
      const coded = compressed(bytes, coding)
      return Buffer.isBuffer(coded) ? sendCoded(coded) : coded.then(sendCoded)
    },
  }
}
