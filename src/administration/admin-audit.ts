import { and, count, desc, type SQL } from 'drizzle-orm'
import { eq, gte, lt } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import { type ActionId, newId, type UserId } from '../ids.ts'
import type { AdminAction, Role } from '../vocabulary.ts'

export interface NewAdminAction {
  kind: AdminAction
  /** The admin; null for the command on the server. */
  actor: UserId | null
  /** The account's owner. */
  target: UserId
  /** The new role. */
  role?: Role
}

export interface AuditFilters {
  kind?: AdminAction | undefined
  actor?: UserId | undefined
  target?: UserId | undefined
  /** From this instant (inclusive) to that one (exclusive). */
  from?: Date | undefined
  before?: Date | undefined
}

export type AdminAuditStore = ReturnType<typeof adminAuditStore>

/**
 * The actions of admins on accounts. Rows never change, except that the target's id is removed when its owner deletes
 * the account.
 */
export function adminAuditStore({ prepare, query, tables: { adminAudit: audit, users } }: Database) {
  const insert = prepare('admin_audit_insert', columnsOf(audit), (db, row) => insertInto(db, audit, row))
  const forget = prepare('admin_audit_forget', { userId: users.id }, (db, { userId }) =>
    db.update(audit).set({ targetId: null }).where(eq(audit.targetId, userId)),
  )

  return {
    /**
     * The write that stores an admin's action.
     * @param at now, epoch ms.
     */
    actionWrite: ({ kind, actor, target, role }: NewAdminAction, at: number) =>
      insert.asWrite({
        id: newId<ActionId>(),
        at: new Date(at),
        kind,
        actorId: actor,
        targetId: target,
        role: role ?? null,
      }),

    /** The write that removes the target's id: for a user who deletes their own account. */
    forgettingWrite: (userId: UserId) => forget.asWrite({ userId }),

    /** A page of actions, newest first, and the total that match the filters. */
    async page(filters: AuditFilters, limit: number, offset: number) {
      const where = and(...conditions(filters))
      const [actions, counted] = await Promise.all([
        query(db =>
          db
            .select({
              id: audit.id,
              at: audit.at,
              kind: audit.kind,
              actor_id: audit.actorId,
              target_id: audit.targetId,
              role: audit.role,
            })
            .from(audit)
            .where(where)
            .orderBy(desc(audit.id))
            .limit(limit)
            .offset(offset),
        ),
        query(db => db.select({ total: count() }).from(audit).where(where)),
      ])
      return { actions, total: (counted[0] as { total: number }).total }
    },
  }

  function conditions({ kind, actor, target, from, before }: AuditFilters): SQL[] {
    return [
      ...(kind === undefined ? [] : [eq(audit.kind, kind)]),
      ...(actor === undefined ? [] : [eq(audit.actorId, actor)]),
      ...(target === undefined ? [] : [eq(audit.targetId, target)]),
      ...(from === undefined ? [] : [gte(audit.at, from)]),
      ...(before === undefined ? [] : [lt(audit.at, before)]),
    ]
  }
}
