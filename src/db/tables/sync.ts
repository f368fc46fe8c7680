import type { OperationId, UserId } from '../../ids.ts'
import type { Columns } from '../columns.ts'
import { ownedTable, sharedTable } from '../described.ts'
import type { accountTables } from './accounts.ts'

/** What syncing takes beside the versions of rows (docs/decisions/sync.md). */
export function syncTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  /** The operations of a person's devices that were done, by the ids that the devices gave them: one is done once. */
  const syncOperations = c.table(
    'sync_operations',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<OperationId>('id').notNull(),
      /** Of the thing, that the operation led to; 0 where it changed nothing. */
      revision: c.int('revision').notNull(),
      at: c.instant('at').notNull(),
    },
    t => [
      c.primaryKey({ name: 'sync_operations_pk', columns: [t.userId, t.id] }),
      c
        .foreignKey({ name: 'sync_operations_user_fk', columns: [t.userId], foreignColumns: [users.id] })
        .onDelete('cascade'),
      c.index('sync_operations_by_user').on(t.userId, t.at),
      c.index('sync_operations_by_time').on(t.at),
    ],
  )

  /** One row, which the migration has made: what the versions of this database belong to. */
  const installation = c.table('installation', {
    name: c.id('name').primaryKey(),
    /** A random UUID; another one since a backup was restored, as versions that devices have seen come again then. */
    epoch: c.str('epoch').notNull(),
  })

  return {
    syncOperations: ownedTable(syncOperations, { not: 'is the bookkeeping of devices: random ids and times' }),
    installation: sharedTable(installation, {
      copied: false,
      exported: { not: "is the database's" },
      erased: { otherwise: 'says nothing of anybody' },
    }),
  }
}
