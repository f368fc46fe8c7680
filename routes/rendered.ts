import type { FastifyReply } from 'fastify'
import { LRUCache } from 'lru-cache'
import { type Coding, compressed, minCompressedBytes } from '../src/http/codings.ts'
import { recentValues } from '../src/recent-values.ts'

/** A cache of rendered answers. */

/** An answer as it was sent. */
export interface Rendered {
  bytes: Buffer
  link: string | undefined
  /** What `bytes` are compressed by. */
  coding?: Coding
}

/**
 * Caches rendered answers by ETag: whatever changes an answer changes its ETag, so no entry is ever stale. One is kept when
 * it is asked for a second time: most people ask once before the next change. One that is sent compressed is kept in that
 * form only, which takes a quarter of the memory.
 * @param maxSize in total, in bytes.
 * @param maxEntrySize per answer, in bytes.
 * @param type of their content.
 */
export function renderedAnswers(maxSize: number, maxEntrySize: number, type = 'application/json; charset=utf-8') {
  const cache = new LRUCache<string, Rendered>({
    maxSize,
    maxEntrySize,
    sizeCalculation: ({ bytes }) => bytes.length + 1_000,
  })
  const lookups = { hit: 0, miss: 0 }
  const asked = recentValues<true>()

  function isAskedAgain(etag: string): boolean {
    if (asked.get(etag)) return true
    asked.set(etag, true)
    return false
  }

  function keep(etag: string, form: Rendered) {
    const key = etag + (form.coding ?? '')
    if (cache.peek(key) !== form) cache.set(key, form)
  }

  /** Compresses what the client takes compressed; keeps what is compressed where it `lasts`. */
  function sendCoded(reply: FastifyReply, etag: string, { bytes, link }: Rendered, coding: Coding, lasts: boolean) {
    const send = (bytes: Buffer) => {
      const form = { bytes, link, coding }
      if (lasts) keep(etag, form)
      return sendForm(reply.coded(coding), bytes, link)
    }
    const coded = compressed(bytes, coding)
    return Buffer.isBuffer(coded) ? send(coded) : coded.then(send)
  }

  function sendForm(reply: FastifyReply, body: Buffer, link: string | undefined): FastifyReply {
    if (link !== undefined) reply.header('Link', link)
    return reply.type(type).send(body)
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
    /** Keeps an answer that took long to make. */
    keep,
    /** Sends an answer that was found, in the coding that the client takes, and keeps it in that form. */
    send(reply: FastifyReply, etag: string, found: Rendered): FastifyReply | Promise<FastifyReply> {
      const { bytes, link, coding } = found
      const wanted = coding === undefined && bytes.length >= minCompressedBytes ? reply.coding() : undefined
      if (wanted) return sendCoded(reply, etag, found, wanted, true)
      return sendForm(coding ? reply.coded(coding) : reply, bytes, link)
    },
    /** Sends an answer that was not found, in the coding that the client takes. */
    sendFresh(reply: FastifyReply, etag: string, bytes: Buffer, link?: string): FastifyReply | Promise<FastifyReply> {
      const lasts = isAskedAgain(etag)
      const coding = bytes.length >= minCompressedBytes ? reply.coding() : undefined
      if (coding) return sendCoded(reply, etag, { bytes, link }, coding, lasts)
      if (lasts) keep(etag, { bytes: ownBytes(bytes), link })
      return sendForm(reply, bytes, link)
    },
  }
}

/** A copy that does not keep what other bytes share memory with it: Node allots small buffers from larger ones. */
function ownBytes(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length)
  own.set(bytes)
  return own
}
