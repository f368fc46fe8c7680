import { and, eq, sql } from 'drizzle-orm'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import type { Role } from '../vocabulary.ts'

/** What an admin decides about an account. */
export interface Standing {
  role: Role
  disabled: boolean
}

/**
 * Roles, and who may not sign in. Among those who may there is always an admin, once there was one: whatever would take
 * the last one away does nothing, also when two do it at once, to each other, on different nodes (docs/decisions/admin.md).
 */
export function standingStore({ prepare, tables: { users, admins, adminLock } }: Database) {
  const ofUser = eq(users.id, textFor('user'))
  const state = sql`case when ${users.disabledAt} is null then 'enabled' else 'disabled' end`

  const find = prepare('standing', db =>
    db
      .select({ role: users.role, disabled: sql`(${users.disabledAt} is not null)`.mapWith(Boolean) })
      .from(users)
      .where(ofUser),
  )
  const change = prepare('standing_change', db =>
    db
      .update(users)
      .set({
        role: valueFor('role', users.role),
        disabledAt: sql`case when ${textFor('state')} = 'disabled'
          then coalesce(${users.disabledAt}, ${valueFor('now', users.disabledAt)}) end`,
      })
      .where(and(ofUser, eq(users.role, textFor('oldRole')), eq(state, textFor('oldState'))))
      .returning({ id: users.id }),
  )

  const lock = prepare('admin_lock', db =>
    db
      .insert(adminLock)
      .values({ name: 'admins', taken: 1 })
      .onConflictDoUpdate({ target: adminLock.name, set: { taken: sql`${adminLock.taken} + 1` } }),
  )
  const appoint = prepare('admin_appoint', db =>
    db
      .insert(admins)
      .values({ id: sql.placeholder('user') })
      .onConflictDoNothing(),
  )
  const retire = prepare('admin_retire', db =>
    db
      .delete(admins)
      .where(and(eq(admins.id, textFor('user')), sql`(select count(*) from ${admins}) > 1`))
      .returning({ id: admins.id }),
  )
  const firstTwo = prepare('admin_first_two', db => db.select({ id: admins.id }).from(admins).limit(2))

  /**
   * A statement of PostgreSQL sees what was committed when it began. Without the lock, two that retire one another would
   * both count two admins; with it, the second begins to count when the first has committed.
   */
  const retirement = (user: string): BoundWrite<unknown>[] => [lock.with({ user }), must(retire.with({ user }))]

  function changed(user: string, from: Standing, to: Standing, now: number): BoundWrite<unknown>[] {
    const [old, next] = [
      { oldRole: from.role, oldState: stateOf(from) },
      { role: to.role, state: stateOf(to) },
    ]
    return [
      ...(isAdmin(from) && !isAdmin(to) ? retirement(user) : []),
      must(change.with({ user, ...old, ...next, now: new Date(now) })),
      ...(isAdmin(to) && !isAdmin(from) ? [appoint.with({ user })] : []),
    ]
  }

  return {
    /** The standing of an account, or undefined when there is none. */
    find: async (user: string): Promise<Standing | undefined> => (await find.execute({ user }))[0],

    /**
     * The writes that change the standing of an account, or hold it as it is. When it is no longer `from`, or this would
     * leave nobody who is an admin, nothing of the batch happens. @param now epoch ms.
     */
    change: changed,

    /** The writes that stand before the removal of an account, with the same guards. @param now epoch ms. */
    leaving: (user: string, from: Standing, now: number): BoundWrite<unknown>[] => [
      ...(isAdmin(from) ? retirement(user) : []),
      ...changed(user, from, from, now),
    ],

    /** Whether this is an admin, and nobody else is. */
    async isLastAdmin(user: string): Promise<boolean> {
      const [first, second] = await firstTwo.execute({})
      return first?.id === user && second === undefined
    },
  }
}

/** Whether somebody can act as one. */
function isAdmin({ role, disabled }: Standing): boolean {
  return role === 'admin' && !disabled
}

function stateOf({ disabled }: Standing) {
  return disabled ? 'disabled' : 'enabled'
}
