import type { Database } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import { idFrom, type SequenceId, type UserId } from '../ids.ts'
import { inCatalogue } from './catalogue.ts'
import { type FoundPose, maxOwnPoses, poseStore } from './pose-store.ts'
import type { PoseFinder } from './poses.ts'
import { practiceStore } from './practice-store.ts'
import { sequenceList } from './sequence-list.ts'
import { type FoundSequence, sequenceStore } from './sequence-store.ts'

export type YogaLibrary = ReturnType<typeof yogaLibrary>

/**
 * All that is kept of yoga, and who may read and change what: their own things, the catalogue, and what others have
 * published. Ids are compared whatever their case.
 */
export function yogaLibrary(database: Database) {
  const poses = poseStore(database)
  const sequences = sequenceStore(database)

  return {
    poses,
    sequences,
    lists: sequenceList(database),
    practices: practiceStore(database),

    /** The user's own sequence. @throws {ApiError} `not_found`. */
    ownSequence: async (userId: UserId, id: string) => found(await sequences.find(userId, idFrom(id))),

    /** A sequence that the user may read: an own one, or a published one. @throws {ApiError} `not_found`. */
    async readableSequence(userId: UserId, id: string) {
      const known = idFrom<SequenceId>(id)
      return found((await sequences.find(userId, known)) ?? (await sequences.findPublished(known)))
    },

    /** A published sequence, whoever's it is. @throws {ApiError} `not_found`. */
    publishedSequence: async (id: string) => found(await sequences.findPublished(idFrom(id))),

    /** The user's own pose. @throws {ApiError} `not_found`. */
    ownPose,

    /** The user's own pose, to be changed. @throws {ApiError} `forbidden` for one of the catalogue, `not_found`. */
    async poseToChange(userId: UserId, id: string) {
      if (inCatalogue(id))
        throw new ApiError('forbidden', 'The catalogue is the same for everyone and cannot be changed.')
      return ownPose(userId, id)
    },

    /**
     * Makes sure that the user may have one pose more. Two at once may make it one too many: the limit keeps lists short,
     * and nothing depends on the number. @throws {ApiError} `limit_reached`.
     */
    async roomForPose(userId: UserId) {
      if ((await poses.list(userId)).length >= maxOwnPoses)
        throw new ApiError('limit_reached', `You can have at most ${maxOwnPoses} poses of your own.`)
    },

    poseFinder,

    /** What looks up the poses of a sequence as its author knows them. */
    finderFor: ({ userId, poses }: Pick<FoundSequence, 'userId' | 'poses'>) =>
      poseFinder(
        userId,
        poses.map(item => item.pose_id),
      ),
  }

  async function ownPose(userId: UserId, id: string): Promise<FoundPose> {
    const pose = await poses.find(userId, idFrom(id))
    if (!pose) throw new ApiError('not_found', 'There is no such pose.')
    return pose
  }

  /** What looks up poses: in the catalogue, and among the user's own if any of the ids is not there. */
  async function poseFinder(userId: UserId, ids: Iterable<string | null | undefined>): Promise<PoseFinder> {
    const strange = [...ids].some(id => typeof id === 'string' && !inCatalogue(id))
    const own = new Map(strange ? (await poses.list(userId)).map(pose => [pose.id, pose]) : [])
    return id => inCatalogue(id) ?? own.get(idFrom(id))
  }
}

function found(sequence: FoundSequence | undefined): FoundSequence {
  if (!sequence) throw new ApiError('not_found', 'There is no such sequence.')
  return sequence
}
