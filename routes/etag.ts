import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isTagOf } from '../src/http/codings.ts'

/**
 * A strong ETag of all that an answer depends on. Of a thing that is edited it begins with the revision: the rest covers
 * what other edits change (a streak, an author's name), which is no reason to refuse an edit of this thing.
 */
export function strongEtag(parts: unknown, revision?: number): string {
  const digest = hash('sha256', JSON.stringify(parts), 'base64url')
  return revision === undefined ? `"${digest}"` : `"${revision}-${digest}"`
}

/**
 * The ETag of a receipt: the revision alone, as a digest of the answer would tell its contents to who can guess them.
 * `If-Match` takes it like any other.
 */
export const revisionTag = (revision: number) => `"${revision}-"`

/**
 * Sets the ETag of an answer.
 * @returns whether the client has exactly this answer already.
 */
export function isUnchanged(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  // `no-cache`: cache it, but revalidate each time.
  reply.headers({ ETag: etag, 'Cache-Control': 'private, no-cache' })
  const wanted = request.headers['if-none-match']?.split(',').map(tag => tag.trim().replace(/^W\//, ''))
  const seen = wanted?.find(tag => tag === '*' || isTagOf(tag, etag))
  // The one that the client has, perhaps of the answer in a coding.
  if (seen !== undefined && seen !== '*') reply.header('ETag', seen)
  return seen !== undefined
}

/** Sends 304: no body, and none of its headers. */
export function sendUnchanged(reply: FastifyReply): FastifyReply {
  return reply.code(304).send()
}
