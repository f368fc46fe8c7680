import type { FastifyReply } from 'fastify'
import { LRUCache } from 'lru-cache'

/** A cache of rendered answers. */

/** An answer as it was sent. */
export interface Rendered {
  bytes: Buffer
  link: string | undefined
}

/**
 * Caches rendered answers by ETag: whatever changes an answer changes its ETag, so no entry is ever stale.
 * @param maxSize in total, in bytes.
 * @param maxEntrySize per answer, in bytes.
 */
export function renderedAnswers(maxSize: number, maxEntrySize: number): LRUCache<string, Rendered> {
  return new LRUCache({ maxSize, maxEntrySize, sizeCalculation: ({ bytes }) => bytes.length + 1_000 })
}

export function sendRendered(reply: FastifyReply, { bytes, link }: Rendered) {
  if (link !== undefined) reply.header('Link', link)
  return reply.type('application/json; charset=utf-8').send(bytes)
}
