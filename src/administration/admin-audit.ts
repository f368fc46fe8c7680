import { and, desc, type SQL } from 'drizzle-orm'
import { eq, gte, lt } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { type Page, readPage } from '../db/page.ts'
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
export function adminAuditStore(database: Database) {
  const {
    prepare,
    tables: { adminAudit: audit, users },
  } = database
  const wire = {
    id: audit.id,
    at: audit.at,
    kind: audit.kind,
    actor_id: audit.actorId,
    target_id: audit.targetId,
    role: audit.role,
  }
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
    page: (filters: AuditFilters, page: Page) =>
      readPage(
        database,
        audit,
        () => and(...conditions(filters)),
        page,
        (db, wanted) => db.select(wire).from(audit).where(wanted).orderBy(desc(audit.id)),
      ),
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
