import { and, asc, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import { ownerGuard } from './owner.ts'
import type { Pose, PoseFacts } from './poses.ts'

/** So many own poses a person may have: all of them are read together. */
export const maxOwnPoses = 500

/** The poses that people added for themselves; reachable only together with their user's id. */
export function poseStore(database: Database) {
  const { prepare, tables } = database
  const { poses } = tables
  const guard = ownerGuard(database, 'pose_owner')
  const own = and(eq(poses.userId, textFor('user')), eq(poses.id, textFor('id')))
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

  const all = prepare('pose_list', db =>
    db
      .select(wire)
      .from(poses)
      .where(eq(poses.userId, textFor('user')))
      .orderBy(asc(poses.id)),
  )
  const one = prepare('pose_by_id', db => db.select({ pose: wire, revision: poses.revision }).from(poses).where(own))
  const insert = prepare('pose_insert', db =>
    db.insert(poses).values({
      userId: sql.placeholder('user'),
      id: sql.placeholder('id'),
      name: sql.placeholder('name'),
      sanskritName: sql.placeholder('sanskrit_name'),
      level: sql.placeholder('level'),
      categories: sql.placeholder('categories'),
      twoSided: sql.placeholder('two_sided'),
      holdSeconds: sql.placeholder('hold_seconds'),
      benefits: sql.placeholder('benefits'),
      cautions: sql.placeholder('cautions'),
      revision: 1,
      createdAt: sql.placeholder('now'),
      updatedAt: sql.placeholder('now'),
    }),
  )
  const update = prepare('pose_update', db =>
    db
      .update(poses)
      .set({
        name: valueFor('name', poses.name),
        sanskritName: valueFor('sanskrit_name', poses.sanskritName),
        level: valueFor('level', poses.level),
        categories: valueFor('categories', poses.categories),
        twoSided: valueFor('two_sided', poses.twoSided),
        holdSeconds: valueFor('hold_seconds', poses.holdSeconds),
        benefits: valueFor('benefits', poses.benefits),
        cautions: valueFor('cautions', poses.cautions),
        revision: sql`${poses.revision} + 1`,
        updatedAt: valueFor('now', poses.updatedAt),
      })
      .where(and(own, eq(poses.revision, sql.placeholder('revision'))))
      .returning({ id: poses.id }),
  )
  const remove = prepare('pose_delete', db =>
    db
      .delete(poses)
      .where(and(own, eq(poses.revision, sql.placeholder('revision'))))
      .returning({ id: poses.id }),
  )

  return {
    /** All of the user's own poses. */
    list: async (userId: string) => (await all.execute({ user: userId })).map(asOwn),

    /** The user's own pose and its revision, or undefined: also when it exists and is someone else's. */
    async find(userId: string, id: string): Promise<FoundPose | undefined> {
      const [found] = await one.execute({ user: userId, id })
      return found && { pose: asOwn(found.pose), revision: found.revision }
    },

    /** The id of a new pose and the writes that make it; they come to nothing when the user is gone. @param now epoch ms. */
    create(userId: string, facts: PoseFacts, now: number) {
      const id = uuidv7()
      return { id, writes: [guard(userId), insert.with({ ...facts, user: userId, id, now: new Date(now) })] }
    },

    /** Writes all of a pose that still has a revision. @param now epoch ms. @returns whether it had. */
    replace: async (userId: string, id: string, revision: number, facts: PoseFacts, now: number) =>
      (await update.execute({ ...facts, user: userId, id, revision, now: new Date(now) })).length === 1,

    /** Deletes a pose that still has a revision. @returns whether it had. */
    remove: async (userId: string, id: string, revision: number) =>
      (await remove.execute({ user: userId, id, revision })).length === 1,
  }
}

export type PoseStore = ReturnType<typeof poseStore>

export interface FoundPose {
  pose: Pose
  revision: number
}

function asOwn(row: Omit<Pose, 'slug' | 'own'>): Pose {
  return { ...row, slug: null, own: true }
}
