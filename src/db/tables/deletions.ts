import { sql } from 'drizzle-orm'
import type { AnyId, UserId } from '../../ids.ts'
import { deletedKinds } from '../../vocabulary.ts'
import type { Columns } from '../columns.ts'
import { ownedTable } from '../described.ts'
import type { accountTables } from './accounts.ts'

/** Deleted moods, tasks, practices and sequences (docs/decisions/deletions.md). */
export function deletionTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  const deletions = c.table(
    'deletions',
    {
      userId: c.id<UserId>('user_id').notNull(),
      kind: c.oneOf('kind', [...deletedKinds]).notNull(),
      id: c.id<AnyId>('id').notNull(),
      /** The one that the deletion led to. */
      revision: c.int('revision').notNull(),
      /** The version of the user's things of this kind that the deletion led to. */
      version: c.int('version').notNull(),
      deletedAt: c.instant('deleted_at').notNull(),
      /** What it was, in wire names, while it can be restored; then null, and the row is a tombstone. */
      content: c.json<Record<string, unknown>>('content'),
      /** Of the submission with a client-made id; null in a tombstone. */
      digest: c.str('digest'),
      /** When the content goes, or after that the row. */
      dueAt: c.instant('due_at').notNull(),
      /** What the row takes of its owner's quota (src/quotas). */
      bytes: c.int('bytes').notNull(),
    },
    t => [
      c.primaryKey({ name: 'deletions_pk', columns: [t.userId, t.kind, t.id] }),
      c.foreignKey({ name: 'deletions_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
      // Of the trash alone: it is counted without looking at a row, and tombstones cost it nothing.
      c.index('deletions_by_time').on(t.userId, t.kind, t.deletedAt, t.id).where(sql`${t.content} is not null`),
      c.index('deletions_by_due_time').on(t.dueAt),
      c.index('deletions_by_version').on(t.userId, t.kind, t.version, t.id),
    ],
  )

  return {
    deletions: ownedTable(deletions, { as: 'deleted', without: ['version', 'dueAt'] }),
  }
}
