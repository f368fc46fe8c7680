import type { AnyId, UserId } from '../../ids.ts'
import { revisedKinds } from '../../vocabulary.ts'
import type { Columns } from '../columns.ts'
import { ownedTable } from '../described.ts'
import type { accountTables } from './accounts.ts'

/** Earlier states of what was edited (docs/decisions/revisions.md). */
export function revisionTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  const revisions = c.table(
    'revisions',
    {
      userId: c.id<UserId>('user_id').notNull(),
      kind: c.oneOf('kind', [...revisedKinds]).notNull(),
      id: c.id<AnyId>('id').notNull(),
      /** The revision that the state had. */
      number: c.int('number').notNull(),
      /** The fields that an edit can change, in wire names. */
      content: c.json<Record<string, unknown>>('content').notNull(),
      replacedAt: c.instant('replaced_at').notNull(),
      /** What the row takes of its owner's quota (src/quotas). */
      bytes: c.int('bytes').notNull(),
    },
    t => [
      c.primaryKey({ name: 'revisions_pk', columns: [t.userId, t.kind, t.id, t.number] }),
      c.foreignKey({ name: 'revisions_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
    ],
  )

  return { revisions: ownedTable(revisions, { as: 'revisions' }) }
}
