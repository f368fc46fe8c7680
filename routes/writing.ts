import { hash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { BoundWrite, Commit } from '../src/db/database.ts'
import { ApiError } from '../src/errors.ts'
import { idFrom } from '../src/ids.ts'
import { untilFirst } from '../src/until-first.ts'

/** Shared by routes that write: retries of a creation, and edits of one resource by several devices. */

/** Tells a retry from a conflict: a digest of the body, whatever the order of its fields. */
export function digestOfSubmission(body: object): string {
  return hash('sha256', JSON.stringify(Object.entries(body).sort()), 'base64url')
}

/**
 * What `createOnce` creates, where some writes are all there is to it.
 * @param read gives it as it is then.
 * @param refuse throws when they were not written because a quota is used up.
 */
export function byWrites<T>(
  commit: Commit,
  writes: readonly BoundWrite<unknown>[],
  read: () => Promise<T>,
  refuse: () => Promise<undefined>,
) {
  return async (alongside: readonly BoundWrite<unknown>[]): Promise<T | undefined> =>
    (await commit([...writes, ...alongside])) ? read() : refuse()
}

/**
 * Reads, changes and writes the resource that the path names; when someone else wrote in between, reads again, so that two
 * devices that change different fields both succeed. With `If-Match` a client that read an older revision gets 412 instead.
 * @param matches whether `If-Match` allows the edit.
 * @param write returns undefined when the resource has changed.
 * @throws {ApiError} `stale_version`; `unavailable` when there are more edits of it than can be done; and what the others throw.
 */
export function edit<Found, T>(
  reply: FastifyReply,
  find: () => Promise<Found>,
  matches: (found: Found) => boolean,
  write: (found: Found) => Promise<T | undefined>,
): Promise<T> {
  const { id } = reply.request.params as { id: string }
  return reply.inTurn([idFrom(id)], () =>
    untilFirst(async () => {
      const found = await find()
      if (!matches(found)) throw new ApiError('stale_version')
      return write(found)
    }),
  )
}
