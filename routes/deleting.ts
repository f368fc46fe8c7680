import { Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import type { deletionStore, Restorable } from '../src/deletions/deletions.ts'
import { ApiError } from '../src/errors.ts'
import type { AnyId, UserId } from '../src/ids.ts'
import { edit } from './writing.ts'

/** Shared by routes of what can be deleted, restored and deleted for good. */

export const DeletionQuery = Type.Object(
  {
    permanently: Type.Optional(
      Type.Boolean({
        description: 'For good, also of what was deleted before. Otherwise it can be restored for 30 days.',
      }),
    ),
  },
  { additionalProperties: false },
)

/** The errors of a route that restores. */
export const restoreErrors = ['not_found', 'entry_deleted', 'limit_reached', 'cross_site_request'] as const

/** A thing, and where it lies when it is deleted. */
interface Named<Found, Id extends AnyId> {
  user: UserId
  id: Id
  /** Epoch ms. */
  now: number
  /** The living one. */
  find: () => Promise<Found | undefined>
  deletions: Pick<ReturnType<typeof deletionStore<Id>>, 'find'>
  /** For the error where there is none. */
  none: string
}

/** Whether what was found is deleted. */
export function isDeleted(found: object): found is Restorable {
  return 'content' in found
}

/**
 * What is to be restored: living, if somebody restored it already.
 * @throws {ApiError} `not_found`; `entry_deleted` when it was deleted for good.
 */
export async function findToRestore<Found extends object, Id extends AnyId>(named: Named<Found, Id>) {
  const found = await findAnywhere(named)
  if (found === 'gone') throw new ApiError('entry_deleted', 'It was deleted for good.')
  if (!found) throw new ApiError('not_found', named.none)
  return found
}

/** Living, or deleted; and living once more, because it may be restored between the two looks. */
async function findAnywhere<Found extends object, Id extends AnyId>(named: Named<Found, Id>) {
  const { user, id, now, find, deletions } = named
  return (await find()) ?? (await deletions.find(user, id, now)) ?? (await find())
}

/**
 * What is to be deleted: living, or also deleted if it is to be for good.
 * @throws {ApiError} `not_found`.
 */
export async function findToDelete<Found extends object, Id extends AnyId>(
  named: Named<Found, Id>,
  permanently: boolean,
): Promise<Found | Restorable> {
  const found = permanently ? await findAnywhere(named) : await named.find()
  if (!found || found === 'gone') throw new ApiError('not_found', named.none)
  return found
}

/** What a route that deletes knows of its kind of things. */
interface Deletion<Found> {
  /** Whether `If-Match` lets the deletion of a living one through. */
  allows(found: Found): boolean
  /**
   * Deletes a living one.
   * @returns whether nobody changed it meanwhile.
   */
  remove(found: Found): Promise<boolean>
  /**
   * Deletes for good what is deleted.
   * @returns whether it was still there.
   */
  purge(deleted: Restorable): Promise<boolean>
}

/**
 * Deletes what a request names.
 * @throws {ApiError} `not_found`, `stale_version`, `unavailable`.
 */
export async function deleteNamed<Found extends object, Id extends AnyId>(
  reply: FastifyReply,
  named: Named<Found, Id>,
  permanently: boolean,
  { allows, remove, purge }: Deletion<NoInfer<Found>>,
): Promise<void> {
  await edit(
    reply,
    () => findToDelete(named, permanently),
    found => isDeleted(found) || allows(found),
    async found => (await (isDeleted(found) ? purge(found) : remove(found))) || undefined,
  )
}
