import { and, isNull, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { text } from '../db/values.ts'
import type { UserId } from '../ids.ts'
import type { Role } from '../vocabulary.ts'

/** The role and state of an account. */
export interface AccountStatus {
  role: Role
  disabled: boolean
}

/**
 * Roles and disabled accounts. Once there was an enabled admin, there always is one: a change that would remove the
 * last one does nothing, also when two admins demote each other at once, on different nodes
 * (docs/decisions/the-last-admin.md).
 */
export function accountStatusStore({ prepare, tables: { users, admins, adminLock } }: Database) {
  const owner = { userId: users.id }
  const state = sql`case when ${users.disabledAt} is null then 'enabled' else 'disabled' end`

  const find = prepare('account_status', owner, (db, { userId }) =>
    db
      .select({ role: users.role, disabled: sql`(${users.disabledAt} is not null)`.mapWith(Boolean) })
      .from(users)
      .where(and(eq(users.id, userId), isNull(users.deletedAt))),
  )
  const decided = {
    ...owner,
    role: users.role,
    state: text<State>(),
    oldRole: users.role,
    oldState: text<State>(),
    now: users.disabledAt,
  }
  const change = prepare('standing_change', decided, (db, values) =>
    updateOf(db, users, {
      role: values.role,
      disabledAt: sql`case when ${values.state} = 'disabled' then coalesce(${users.disabledAt}, ${values.now}) end`,
    })
      .where(
        and(
          eq(users.id, values.userId),
          isNull(users.deletedAt),
          eq(users.role, values.oldRole),
          sql`${state} = ${values.oldState}`,
        ),
      )
      .returning({ id: users.id }),
  )

  const lock = prepare('admin_lock', owner, db =>
    db
      .insert(adminLock)
      .values({ name: 'admins', taken: 1 })
      .onConflictDoUpdate({ target: adminLock.name, set: { taken: sql`${adminLock.taken} + 1` } }),
  )
  const appoint = prepare('admin_appoint', columnsOf(admins), (db, row) =>
    insertInto(db, admins, row).onConflictDoNothing(),
  )
  const retire = prepare('admin_retire', columnsOf(admins), (db, { id }) =>
    db
      .delete(admins)
      .where(and(eq(admins.id, id), sql`(select count(*) from ${admins}) > 1`))
      .returning({ id: admins.id }),
  )
  const firstTwo = prepare('admin_first_two', {}, db => db.select({ id: admins.id }).from(admins).limit(2))

  /**
   * A PostgreSQL statement sees what was committed when it began. Without the lock, two admins that demote each other
   * would both count two; with it, the second counts after the first has committed.
   */
  const retirementWrites = (userId: UserId): BoundWrite<unknown>[] => [
    lock.asWrite({ userId }),
    must(retire.asWrite({ id: userId })),
  ]

  function changeWrites(userId: UserId, from: AccountStatus, to: AccountStatus, now: number): BoundWrite<unknown>[] {
    const [old, next] = [
      { oldRole: from.role, oldState: stateOf(from) },
      { role: to.role, state: stateOf(to) },
    ]
    return [
      ...(isAdmin(from) && !isAdmin(to) ? retirementWrites(userId) : []),
      must(change.asWrite({ userId, ...old, ...next, now: new Date(now) })),
      ...(isAdmin(to) && !isAdmin(from) ? [appoint.asWrite({ id: userId })] : []),
    ]
  }

  return {
    /** The role and state of an account, or undefined. */
    find: async (userId: UserId): Promise<AccountStatus | undefined> => (await find.execute({ userId }))[0],

    /**
     * The writes that change the role and state of an account, or confirm them unchanged. When it is no longer `from`, or no
     * admin would remain, nothing of the batch happens.
     * @param now epoch ms.
     */
    changeWrites,

    /**
     * The writes that stand before the removal of an account, with the same guards.
     * @param now epoch ms.
     */
    leavingWrites: (userId: UserId, from: AccountStatus, now: number): BoundWrite<unknown>[] => [
      ...(isAdmin(from) ? retirementWrites(userId) : []),
      ...changeWrites(userId, from, from, now),
    ],

    /** Whether this is the only admin. */
    async isLastAdmin(userId: UserId): Promise<boolean> {
      const [first, second] = await firstTwo.execute({})
      return first?.id === userId && second === undefined
    },
  }
}

/** True for an admin whose account is enabled. */
function isAdmin({ role, disabled }: AccountStatus): boolean {
  return role === 'admin' && !disabled
}

type State = 'enabled' | 'disabled'

function stateOf({ disabled }: AccountStatus): State {
  return disabled ? 'disabled' : 'enabled'
}
