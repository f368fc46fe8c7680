import { and, eq, gt, lte, sql } from 'drizzle-orm'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'

/** A key is remembered for so long: 24 hours, in ms. */
export const keyLifetimeMs = 24 * 3_600_000

/** What a key was used for: enough to answer the same request again, and to notice that it is not the same. */
export interface KeyUse {
  /** Of the request: method, address and body. */
  digest: string
  /** HTTP status of the answer. */
  status: number
  /** What was made. */
  resourceId: string
}

/** The keys by which clients say that a request is one they may have sent before. Each person's are their own. */
export function idempotencyStore({ prepare, tables: { idempotencyKeys: keys } }: Database) {
  const own = and(eq(keys.userId, textFor('user')), eq(keys.key, textFor('key')))
  const before = valueFor('before', keys.createdAt)

  const find = prepare('idempotency_find', db =>
    db
      .select({ digest: keys.digest, status: keys.status, resourceId: keys.resourceId })
      .from(keys)
      .where(and(own, gt(keys.createdAt, before))),
  )
  const keep = prepare('idempotency_keep', db =>
    db
      .insert(keys)
      .values({
        userId: sql.placeholder('user'),
        key: sql.placeholder('key'),
        digest: sql.placeholder('digest'),
        status: sql.placeholder('status'),
        resourceId: sql.placeholder('resourceId'),
        createdAt: sql.placeholder('now'),
      })
      // One that has expired, and was not removed yet, is as good as none.
      .onConflictDoUpdate({
        target: [keys.userId, keys.key],
        set: {
          digest: sql`excluded.digest`,
          status: sql`excluded.status`,
          resourceId: sql`excluded.resource_id`,
          createdAt: sql`excluded.created_at`,
        },
        setWhere: lte(keys.createdAt, before),
      })
      .returning({ key: keys.key }),
  )

  return {
    /** What the user used a key for within the last 24 hours. @param at now, epoch ms. */
    find: async (user: string, key: string, at: number): Promise<KeyUse | undefined> =>
      (await find.execute({ user, key, before: new Date(at - keyLifetimeMs) }))[0],

    /**
     * The write that remembers a key, for the batch of what it is used for. When the key is in use, by a request that was
     * first, nothing of the batch happens. @param at now, epoch ms.
     */
    keeping: (user: string, key: string, use: KeyUse, at: number): BoundWrite<unknown> =>
      must(keep.with({ user, key, ...use, now: new Date(at), before: new Date(at - keyLifetimeMs) })),
  }
}
