import type { FastifyReply, FastifyRequest } from 'fastify'

/** Sends the validator of an answer. @returns whether the client has exactly this answer already. */
export function isUnchanged(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  // `no-cache`: keep it, but ask each time.
  reply.headers({ ETag: etag, 'Cache-Control': 'private, no-cache' })
  const wanted = request.headers['if-none-match']
  return wanted?.split(',').some(tag => ['*', etag].includes(tag.trim().replace(/^W\//, ''))) ?? false
}

/** Sends that nothing has changed: no body, and none of its headers. */
export function sendUnchanged(reply: FastifyReply): FastifyReply {
  return reply.code(304).send()
}
