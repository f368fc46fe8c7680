import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { LRUCache } from 'lru-cache'

/** Answers that need not be made again, because the server kept them. */

/** An answer as it was sent. */
export interface Rendered {
  bytes: Buffer
  link: string | undefined
}

/**
 * Keeps rendered answers by ETag: whatever changes an answer changes its ETag, so nothing here is ever stale.
 * @param maxSize of all together and @param maxEntrySize of one of them, in bytes.
 */
export function renderedAnswers(maxSize: number, maxEntrySize: number): LRUCache<string, Rendered> {
  return new LRUCache({ maxSize, maxEntrySize, sizeCalculation: ({ bytes }) => bytes.length + 1_000 })
}

export function sendRendered(reply: FastifyReply, { bytes, link }: Rendered) {
  if (link !== undefined) reply.header('Link', link)
  return sendText(reply, bytes)
}

/** Sends JSON that is text already; a serializer would only see bytes. */
export function sendText(reply: FastifyReply, text: Buffer | Readable) {
  return reply.type('application/json; charset=utf-8').send(text)
}
