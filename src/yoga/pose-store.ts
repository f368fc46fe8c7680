import { and, asc, type SQL, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type Commit, type Database, must } from '../db/database.ts'
import { columnsOf, insertInto, only, updateOf } from '../db/statements.ts'
import type { Values } from '../db/values.ts'
import { newId, type PoseId, type UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import type { Pose, PoseFacts } from './poses.ts'

/** Custom poses; reachable only together with their user's id. */
export function poseStore(database: Database, quotas = quotaStore(database)) {
  const { prepare, tables } = database
  const { poses } = tables
  const count = quotas.tally('pose_count', ['poses'])
  const key = { userId: poses.userId, id: poses.id }
  const own = ({ userId, id }: Values<typeof key>) => and(eq(poses.userId, userId), eq(poses.id, id)) as SQL
  const ofRevision = { ...key, revision: poses.revision }
  const unchanged = (values: Values<typeof ofRevision>) => and(own(values), eq(poses.revision, values.revision))
  const wire = {
    id: poses.id,
    name: poses.name,
    sanskrit_name: poses.sanskritName,
    level: poses.level,
    categories: poses.categories,
    two_sided: poses.twoSided,
    hold_seconds: poses.holdSeconds,
    benefits: poses.benefits,
    cautions: poses.cautions,
  }

  const all = prepare('pose_list', { userId: poses.userId }, (db, { userId }) =>
    db.select(wire).from(poses).where(eq(poses.userId, userId)).orderBy(asc(poses.id)),
  )
  const one = prepare('pose_by_id', key, (db, values) =>
    db.select({ pose: wire, revision: poses.revision }).from(poses).where(own(values)),
  )
  const insert = prepare('pose_insert', columnsOf(poses), (db, row) => insertInto(db, poses, row))
  const changing = columnsOf(poses, 'userId', 'id', 'revision', 'createdAt')
  const update = prepare('pose_update', { ...changing, ...ofRevision }, (db, values) =>
    updateOf(db, poses, { ...only(values, changing), revision: sql`${poses.revision} + 1` })
      .where(unchanged(values))
      .returning({ id: poses.id }),
  )
  const remove = prepare('pose_delete', ofRevision, (db, values) =>
    db.delete(poses).where(unchanged(values)).returning({ id: poses.id }),
  )

  return {
    /** All of the user's custom poses. */
    list: async (userId: UserId) => (await all.execute({ userId })).map(asOwn),

    /** The user's custom pose and its revision; undefined also when it belongs to someone else. */
    async find(userId: UserId, id: PoseId): Promise<FoundPose | undefined> {
      const [found] = await one.execute({ userId, id })
      return found && { pose: asOwn(found.pose), revision: found.revision }
    },

    /**
     * The id of a new pose and the writes that create it; they do nothing when the user is gone or has no room.
     * `refuse` throws `limit_reached` when they did nothing for that reason.
     * @param now epoch ms.
     */
    create(userId: UserId, facts: PoseFacts, now: number) {
      const id = newId<PoseId>()
      const at = new Date(now)
      const row = { ...stored(facts), userId, id, revision: 1, createdAt: at, updatedAt: at }
      const change = { poses: 1 }
      const writes = [must(count(userId, change)), insert.asWrite(row)]
      return { id, writes, refuse: () => quotas.refuse(userId, change) }
    },

    /**
     * Writes all of a pose that still has a revision.
     * @param now epoch ms.
     * @returns whether it had.
     */
    async replace(commit: Commit, userId: UserId, id: PoseId, revision: number, facts: PoseFacts, now: number) {
      const write = update.asWrite({ ...stored(facts), userId, id, revision, updatedAt: new Date(now) })
      return (await commit([must(write)])) !== undefined
    },

    /**
     * Deletes a pose that still has a revision.
     * @returns whether it had.
     */
    async remove(commit: Commit, userId: UserId, id: PoseId, revision: number) {
      const writes = [must(count(userId, { poses: -1 })), must(remove.asWrite({ userId, id, revision }))]
      return (await commit(writes)) !== undefined
    },
  }
}

export type PoseStore = ReturnType<typeof poseStore>

export interface FoundPose {
  pose: OwnPose
  revision: number
}

/** A custom pose. */
export type OwnPose = Pose & { id: PoseId }

function asOwn(row: Omit<OwnPose, 'slug' | 'own'>): OwnPose {
  return { ...row, slug: null, own: true }
}

/** What is known of a pose as its columns have it. */
function stored({ sanskrit_name: sanskritName, two_sided: twoSided, hold_seconds: holdSeconds, ...facts }: PoseFacts) {
  return { ...facts, sanskritName, twoSided, holdSeconds }
}
