import { and, count, min } from 'drizzle-orm'
import { eq, gt, lte } from '../db/conditions.ts'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { assigned, columnsOf, insertInto, only } from '../db/statements.ts'
import type { AnyId, UserId } from '../ids.ts'

/** Lifetime of a key: 24 hours, in ms. */
export const keyLifetimeMs = 24 * 3_600_000

/** The one outcome that is remembered: something was made. */
const made = 201

/** The request that a key was used for: enough to answer it again, and to detect another one. */
export interface KeyUse {
  /** Of the request: method, address and body. */
  digest: string
  /** The id of the created resource. */
  resourceId: AnyId
}

/** Idempotency keys, scoped to the user. */
export function idempotencyStore({ prepare, tables: { idempotencyKeys: keys } }: Database) {
  const owner = { userId: keys.userId, before: keys.createdAt }

  const find = prepare('idempotency_find', { ...owner, key: keys.key }, (db, { userId, key, before }) =>
    db
      .select({ digest: keys.digest, resourceId: keys.resourceId })
      .from(keys)
      .where(and(eq(keys.userId, userId), eq(keys.key, key), gt(keys.createdAt, before))),
  )
  const counting = prepare('idempotency_count', owner, (db, { userId, before }) =>
    db
      .select({ keys: count(), oldest: min(keys.createdAt) })
      .from(keys)
      .where(and(eq(keys.userId, userId), gt(keys.createdAt, before))),
  )
  const replaced = columnsOf(keys, 'userId', 'key')
  const keep = prepare('idempotency_keep', { ...columnsOf(keys), before: keys.createdAt }, (db, { before, ...row }) =>
    insertInto(db, keys, row)
      // An expired key that was not deleted yet counts as none.
      .onConflictDoUpdate({
        target: [keys.userId, keys.key],
        set: assigned<typeof keys>(only(row, replaced)),
        setWhere: lte(keys.createdAt, before),
      })
      .returning({ key: keys.key }),
  )

  return {
    /**
     * The request that the user used a key for within the last 24 hours.
     * @param at now, epoch ms.
     */
    find: async (userId: UserId, key: string, at: number): Promise<KeyUse | undefined> =>
      (await find.execute({ userId, key, before: new Date(at - keyLifetimeMs) }))[0],

    /**
     * How many keys of a user have not expired, and when the oldest of them does, epoch ms.
     * @param at now, epoch ms.
     */
    async count(userId: UserId, at: number) {
      const rows = await counting.execute({ userId, before: new Date(at - keyLifetimeMs) })
      const [{ keys, oldest: since }] = rows as [(typeof rows)[0]]
      const oldest = since?.getTime()
      return { keys, freeAt: oldest === undefined ? undefined : oldest + keyLifetimeMs }
    },

    /**
     * The write that stores a key, for the batch of its request. When an earlier request has the key, nothing of the
     * batch happens.
     * @param at now, epoch ms.
     */
    keepingWrite: (userId: UserId, key: string, use: KeyUse, at: number): BoundWrite<unknown> =>
      must(
        keep.asWrite({
          ...use,
          userId,
          key,
          outcome: made,
          createdAt: new Date(at),
          before: new Date(at - keyLifetimeMs),
        }),
      ),
  }
}
