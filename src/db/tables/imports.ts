import type { ImportId, UserId } from '../../ids.ts'
import {
  type ImportSummary,
  importedKinds,
  importStates,
  moodFormats,
  practiceFormats,
  taskFormats,
} from '../../vocabulary.ts'
import type { Columns } from '../columns.ts'
import { ownedTable } from '../described.ts'
import type { accountTables } from './accounts.ts'

/** Imports (docs/decisions/imports.md); the first ones were of moods. What a thing was imported from is its digest. */
export function importTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  const moodImports = c.table(
    'mood_imports',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<ImportId>('id').notNull(),
      kind: c
        .oneOf('kind', [...importedKinds])
        .notNull()
        .default('mood'),
      format: c.oneOf('format', [...moodFormats, ...taskFormats, ...practiceFormats]).notNull(),
      state: c.oneOf('state', [...importStates]).notNull(),
      /** When one that is running counts as interrupted: a process that was killed does not move it any more. */
      leaseUntil: c.instant('lease_until').notNull(),
      /** The versions of the user's things of the kind that its first and its last batch led to; 0 before there was one. */
      firstVersion: c.int('first_version').notNull(),
      lastVersion: c.int('last_version').notNull(),
      /** What it has come to, in wire names. */
      summary: c.json<ImportSummary>('summary').notNull(),
      createdAt: c.instant('created_at').notNull(),
      undoneAt: c.instant('undone_at'),
    },
    t => [
      c.primaryKey({ name: 'mood_imports_pk', columns: [t.userId, t.id] }),
      c
        .foreignKey({ name: 'mood_imports_user_fk', columns: [t.userId], foreignColumns: [users.id] })
        .onDelete('cascade'),
      c.index('mood_imports_by_time').on(t.userId, t.createdAt, t.id),
    ],
  )

  return {
    moodImports: ownedTable(moodImports, { as: 'imports', without: ['leaseUntil', 'firstVersion', 'lastVersion'] }),
  }
}
