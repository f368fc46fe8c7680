import { and, asc, desc, sql } from 'drizzle-orm'
import { v5 as uuidv5 } from 'uuid'
import { eq } from '../db/conditions.ts'
import type { Commit, Database } from '../db/database.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { rowCount } from '../db/values.ts'
import { idFrom, type PushSubscriptionId, type UserId } from '../ids.ts'

/** Devices of a person; of more, the one that subscribed first is dropped. */
export const maxSubscriptions = 20
/** Failures in a row after which a device is dropped. */
const maxFailures = 10

/** Where a device is reached, as its browser says: keys are base64url. */
export interface PushTarget {
  endpoint: string
  p256dh: string
  auth: string
}

/** Where ids of endpoints are made from, which are URLs (RFC 9562). */
const namespace = uuidv5.URL

/** The devices that people want to be reminded on. */
export function subscriptionStore({ prepare, tables: { pushSubscriptions } }: Database) {
  const key = { userId: pushSubscriptions.userId, id: pushSubscriptions.id }
  const owned = prepare('push_subscriptions_of_user', { userId: pushSubscriptions.userId }, (db, { userId }) =>
    db
      .select()
      .from(pushSubscriptions)
      .where(eq(pushSubscriptions.userId, userId))
      .orderBy(asc(pushSubscriptions.createdAt), asc(pushSubscriptions.id)),
  )
  const put = prepare('push_subscription_put', columnsOf(pushSubscriptions), (db, row) =>
    insertInto(db, pushSubscriptions, row).onConflictDoUpdate({
      target: [pushSubscriptions.userId, pushSubscriptions.id],
      set: {
        p256dh: sql`excluded.p256dh`,
        auth: sql`excluded.auth`,
        failures: sql`excluded.failures`,
        createdAt: sql`excluded.created_at`,
      },
    }),
  )
  const trim = prepare(
    'push_subscription_trim',
    { userId: pushSubscriptions.userId, kept: rowCount, all: rowCount },
    (db, { userId, kept, all }) => {
      const tooMany = db
        .select({ id: pushSubscriptions.id })
        .from(pushSubscriptions)
        .where(eq(pushSubscriptions.userId, userId))
        .orderBy(desc(pushSubscriptions.createdAt), desc(pushSubscriptions.id))
        .limit(all)
        .offset(kept)
      return db
        .delete(pushSubscriptions)
        .where(and(eq(pushSubscriptions.userId, userId), sql`${pushSubscriptions.id} in ${tooMany}`))
    },
  )
  const remove = prepare('push_subscription_delete', key, (db, { userId, id }) =>
    db
      .delete(pushSubscriptions)
      .where(and(eq(pushSubscriptions.userId, userId), eq(pushSubscriptions.id, id)))
      .returning({ id: pushSubscriptions.id }),
  )
  const counted = { ...key, failures: pushSubscriptions.failures }
  const count = prepare('push_subscription_count', counted, (db, { userId, id, failures }) =>
    updateOf(db, pushSubscriptions, { failures }).where(
      and(eq(pushSubscriptions.userId, userId), eq(pushSubscriptions.id, id)),
    ),
  )

  return {
    /** A person's devices, those first that subscribed first. */
    of: (userId: UserId) => owned.execute({ userId }),

    /**
     * Adds a device, or renews it.
     * @param commit of the person, whose guard locks the user's row: subscriptions of one person wait for each other, and
     *   together are no more than they may be.
     * @param at now, epoch ms.
     * @returns its id.
     */
    async add(commit: Commit, userId: UserId, target: PushTarget, at: number) {
      const id = idFrom<PushSubscriptionId>(uuidv5(target.endpoint, namespace))
      const row = { ...target, userId, id, failures: 0, createdAt: new Date(at) }
      await commit([put.asWrite(row), trim.asWrite({ userId, kept: maxSubscriptions, all: maxSubscriptions })])
      return id
    },

    /** Deletes a device; false when there is none. */
    async remove(commit: Commit, userId: UserId, id: PushSubscriptionId): Promise<boolean> {
      return Boolean((await commit([remove.asWrite({ userId, id })]))?.[0].length)
    },

    /** Deletes a device that its push service does not know any more. */
    async drop(userId: UserId, id: PushSubscriptionId): Promise<void> {
      await remove.execute({ userId, id })
    },

    /** Counts a failure in a row, and drops a device that has had too many. */
    async failed(userId: UserId, { id, failures }: { id: PushSubscriptionId; failures: number }): Promise<void> {
      if (failures + 1 >= maxFailures) await remove.execute({ userId, id })
      else await count.execute({ userId, id, failures: failures + 1 })
    },

    /** Forgets the failures of a device that has got something. */
    async worked(userId: UserId, { id, failures }: { id: PushSubscriptionId; failures: number }): Promise<void> {
      if (failures > 0) await count.execute({ userId, id, failures: 0 })
    },
  }
}
