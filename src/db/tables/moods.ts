import { sql } from 'drizzle-orm'
import type { EntryId, UserId } from '../../ids.ts'
import { dateSources, type MoodValue } from '../../vocabulary.ts'
import type { Columns } from '../columns.ts'
import { ownedTable } from '../described.ts'
import type { accountTables } from './accounts.ts'

/** Mood entries. */
export function moodTables(c: Columns, users: ReturnType<typeof accountTables>['users']) {
  const moods = c.table(
    'moods',
    {
      userId: c.id<UserId>('user_id').notNull(),
      id: c.id<EntryId>('id').notNull(),
      date: c.day('date').notNull(),
      dateSource: c.oneOf('date_source', [...dateSources]).notNull(),
      /** When it was felt; null where nobody knows. */
      occurredAt: c.instant('occurred_at'),
      /** Where it stands within its day: `sortAtOf` of the row. */
      sortAt: c.instant('sort_at').notNull(),
      timezone: c.str('timezone').notNull(),
      mood: c.json<MoodValue>('mood').notNull(),
      valence: c.float('valence'),
      note: c.str('note'),
      tags: c.json<string[]>('tags').notNull(),
      /**
       * SHA-256 of the submission with a client-made id; tells a retry from a conflict. Of an imported entry what its row was
       * (docs/decisions/imports.md).
       */
      digest: c.str('digest'),
      /** Rises with every edit of this entry; an edit names the revision it was made from. */
      revision: c.int('revision').notNull(),
      createdAt: c.instant('created_at').notNull(),
      updatedAt: c.instant('updated_at').notNull(),
      /** When the person logged it, perhaps without a connection; else when it was created. */
      loggedAt: c.instant('logged_at').notNull().default(c.epoch),
      /** Whether that was on its day: fixed when it is written, and when it gets another day. */
      onTime: c.bool('on_time').notNull().default(true),
      /** What the entry takes of its owner's quota (src/quotas). */
      bytes: c.int('bytes').notNull().default(0),
      /** The `moodVersion` of its user that its last change led to; 0 in rows from before there were versions of rows. */
      version: c.int('version').notNull().default(0),
    },
    t => [
      c.primaryKey({ name: 'moods_pk', columns: [t.userId, t.id] }),
      c.foreignKey({ name: 'moods_user_fk', columns: [t.userId], foreignColumns: [users.id] }).onDelete('cascade'),
      c.index('moods_by_day').on(t.userId, t.date, t.sortAt, t.id, t.onTime),
      c.index('moods_by_version').on(t.userId, t.version, t.id),
      // Of imported entries, and of those with a client's id: an entry without a digest costs it nothing.
      c.index('moods_by_digest').on(t.userId, t.digest, t.id).where(sql`${t.digest} is not null`),
    ],
  )

  /** Entries by tag, in list order; folded here, as written in the entry. */
  const moodTags = c.table(
    'mood_tags',
    {
      userId: c.id<UserId>('user_id').notNull(),
      tag: c.str('tag').notNull(),
      date: c.day('date').notNull(),
      sortAt: c.instant('sort_at').notNull(),
      moodId: c.id<EntryId>('mood_id').notNull(),
    },
    t => [
      c.primaryKey({ name: 'mood_tags_pk', columns: [t.userId, t.tag, t.date, t.sortAt, t.moodId] }),
      c
        .foreignKey({
          name: 'mood_tags_mood_fk',
          columns: [t.userId, t.moodId],
          foreignColumns: [moods.userId, moods.id],
        })
        .onDelete('cascade'),
      c.index('mood_tags_by_mood').on(t.userId, t.moodId),
    ],
  )

  return {
    moods: ownedTable(moods, { as: 'moods', without: ['sortAt', 'version'] }),
    moodTags: ownedTable(moodTags, { not: 'is in `moods`' }),
  }
}
