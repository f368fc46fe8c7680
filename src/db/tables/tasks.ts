import { sql } from 'drizzle-orm'
import type { TaskId, UserId } from '../../ids.ts'
import type { Columns } from '../columns.ts'
import { ownedTable } from '../described.ts'
import type { accountTables } from './accounts.ts'

/** Tasks. */
export function taskTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  const tasks = c.table(
    'tasks',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<TaskId>('id').notNull(),
      title: c.str('title').notNull(),
      description: c.str('description'),
      /** Null while the task is open. */
      completedAt: c.instant('completed_at'),
      /** The due day, for sorting; `~`, which is greater than every day, if there is none. */
      dueOn: c.day('due_on').notNull(),
      /** The beginning of the title without case and accents, for sorting; short, because an index holds it. */
      titleKey: c.str('title_key').notNull(),
      /**
       * SHA-256 of the submission with a client-made id; tells a retry from a conflict. Of an imported task what its row was.
       */
      digest: c.str('digest'),
      /** Rises with every edit of this task; an edit names the revision it was made from. */
      revision: c.int('revision').notNull(),
      createdAt: c.instant('created_at').notNull(),
      updatedAt: c.instant('updated_at').notNull(),
      /**
       * Title and description without case and accents. The last column, because SQLite reads a row only as far as it
       * must.
       */
      searchText: c.str('search_text').notNull(),
      /** What the task takes of its owner's quota (src/quotas). */
      bytes: c.int('bytes').notNull().default(0),
      /** The `taskVersion` of its user that its last change led to; 0 in rows from before there were versions of rows. */
      version: c.int('version').notNull().default(0),
    },
    t => [
      c.primaryKey({ name: 'tasks_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'tasks_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
      c.index('tasks_by_creation').on(t.userId, t.createdAt, t.id),
      c.index('tasks_by_due_day').on(t.userId, t.dueOn, t.id),
      c.index('tasks_by_title').on(t.userId, t.titleKey, t.id),
      c.index('tasks_by_version').on(t.userId, t.version, t.id),
      // Of imported tasks, and of those with a client's id.
      c.index('tasks_by_digest').on(t.userId, t.digest, t.id).where(sql`${t.digest} is not null`),
    ],
  )

  return {
    tasks: ownedTable(tasks, { as: 'tasks', without: ['titleKey', 'searchText', 'version'] }),
  }
}
