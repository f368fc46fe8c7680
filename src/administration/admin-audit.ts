import { and, count, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../db/database.ts'
import { textFor } from '../db/placeholder.ts'
import type { AdminAction, Role } from '../vocabulary.ts'

export interface NewAdminAction {
  kind: AdminAction
  /** The admin; null for the command on the server. */
  actor: string | null
  /** Whose account. */
  target: string
  /** What a changed role became. */
  role?: Role
}

export interface AuditFilters {
  kind?: AdminAction | undefined
  actor?: string | undefined
  target?: string | undefined
  /** From this instant on, and before that one. */
  from?: Date | undefined
  before?: Date | undefined
}

export type AdminAuditStore = ReturnType<typeof adminAuditStore>

/** What admins have done to accounts. Nothing of it is ever changed but whose it was, when they have left. */
export function adminAuditStore({ prepare, query, tables: { adminAudit: audit } }: Database) {
  const insert = prepare('admin_audit_insert', db =>
    db.insert(audit).values({
      id: sql.placeholder('id'),
      at: sql.placeholder('now'),
      kind: sql.placeholder('kind'),
      actorId: sql.placeholder('actor'),
      targetId: sql.placeholder('target'),
      role: sql.placeholder('role'),
    }),
  )
  const forget = prepare('admin_audit_forget', db =>
    db
      .update(audit)
      .set({ targetId: null })
      .where(eq(audit.targetId, textFor('user'))),
  )

  return {
    /** The write that keeps what an admin did. @param at now, epoch ms. */
    write: ({ kind, actor, target, role }: NewAdminAction, at: number) =>
      insert.with({ id: uuidv7(), now: new Date(at), kind, actor, target, role: role ?? null }),

    /** The write that leaves out to whom something was done: for one who deletes their own account. */
    forgetting: (user: string) => forget.with({ user }),

    /** A page of what was done, the newest first, and how much the filters leave in all. */
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
