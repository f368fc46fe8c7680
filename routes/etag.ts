import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Sets the ETag of an answer.
 * @returns whether the client has exactly this answer already.
 */
export function isUnchanged(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  // `no-cache`: cache it, but revalidate each time.
  reply.headers({ ETag: etag, 'Cache-Control': 'private, no-cache' })
  const wanted = request.headers['if-none-match']
  return wanted?.split(',').some(tag => ['*', etag].includes(tag.trim().replace(/^W\//, ''))) ?? false
}

/** Sends 304: no body, and none of its headers. */
export function sendUnchanged(reply: FastifyReply): FastifyReply {
  return reply.code(304).send()
}
