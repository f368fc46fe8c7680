import type { Database } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import { idFrom, type SequenceId, type UserId } from '../ids.ts'
import type { Quotas } from '../quotas/quotas.ts'
import { inCatalogue } from './catalogue.ts'
import { type FoundPose, poseStore } from './pose-store.ts'
import type { PoseFinder } from './poses.ts'
import { practiceStore } from './practice-store.ts'
import { sequenceList } from './sequence-list.ts'
import { type FoundSequence, sequenceStore } from './sequence-store.ts'

export type YogaLibrary = ReturnType<typeof yogaLibrary>

/**
 * The stores of yoga, with access rules: a user's own poses and sequences, the catalogue, and what others have
 * published. Ids are case-insensitive.
 * @param searchedBytes of published texts that are kept in memory.
 */
export function yogaLibrary(database: Database, quotas: Quotas, searchedBytes: number) {
  const poses = poseStore(database, quotas)
  const sequences = sequenceStore(database, quotas)

  return {
    poses,
    sequences,
    lists: sequenceList(database, searchedBytes),
    practices: practiceStore(database, quotas),

    /**
     * The user's own sequence.
     * @throws {ApiError} `not_found`.
     */
    ownSequence: async (userId: UserId, id: string) => found(await sequences.find(userId, idFrom(id))),

    /**
     * A sequence that the user may read: their own or a published one.
     * @throws {ApiError} `not_found`.
     */
    async readableSequence(userId: UserId, id: string) {
      const known = idFrom<SequenceId>(id)
      return found((await sequences.find(userId, known)) ?? (await sequences.findPublished(known)))
    },

    /**
     * A published sequence of any author.
     * @throws {ApiError} `not_found`.
     */
    publishedSequence: async (id: string) => found(await sequences.findPublished(idFrom(id))),

    /**
     * The user's custom pose.
     * @throws {ApiError} `not_found`.
     */
    ownPose,

    /**
     * The user's custom pose, for a change.
     * @throws {ApiError} `forbidden` for one of the catalogue, `not_found`.
     */
    async poseToChange(userId: UserId, id: string) {
      if (inCatalogue(id)) throw new ApiError('forbidden', 'Catalogue poses are read-only.')
      return ownPose(userId, id)
    },

    poseFinder,

    /** Looks up the poses of a sequence for its author. */
    finderFor: ({ userId, poses }: Pick<FoundSequence, 'userId' | 'poses'>) =>
      poseFinder(
        userId,
        poses.map(item => item.pose_id),
      ),
  }

  async function ownPose(userId: UserId, id: string): Promise<FoundPose> {
    const pose = await poses.find(userId, idFrom(id))
    if (!pose) throw new ApiError('not_found', 'No such pose.')
    return pose
  }

  /** Looks up poses in the catalogue, and among the user's custom ones if an id is not there. */
  async function poseFinder(userId: UserId, ids: Iterable<string | null | undefined>): Promise<PoseFinder> {
    const strange = [...ids].some(id => typeof id === 'string' && !inCatalogue(id))
    const own = new Map(strange ? (await poses.list(userId)).map(pose => [pose.id, pose]) : [])
    return id => inCatalogue(id) ?? own.get(idFrom(id))
  }
}

function found(sequence: FoundSequence | undefined): FoundSequence {
  if (!sequence) throw new ApiError('not_found', 'No such sequence.')
  return sequence
}
