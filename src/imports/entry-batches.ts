import { and, asc, inArray } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { insertRaised } from '../db/raised-version.ts'
import { columnsOf } from '../db/statements.ts'
import type { EntryId, UserId } from '../ids.ts'
import { formatDay } from '../moods/calendar.ts'
import { type EntryFields, stored } from '../moods/entry-row.ts'
import { entryTags } from '../moods/entry-tags.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { type ThingBatches, thingBatches } from './thing-batches.ts'

/** An entry as an import makes it. */
export interface NewEntry extends EntryFields {
  loggedAt: Date
  createdAt: Date
  updatedAt: Date
}

/** Entries of an import. */
export function entryBatches(database: Database, quotas = quotaStore(database)): ThingBatches<NewEntry> {
  const { prepare, query, tables } = database
  const { moods, users } = tables
  const batches = thingBatches(database, 'mood', quotas)
  const { tagWrites } = entryTags(database)
  const insert = prepare('mood_batch_insert', columnsOf(moods, 'version'), (db, row) =>
    insertRaised(db, moods, [users, 'moodVersion'], row),
  )

  return {
    ...batches,
    add(commit, userId, entries, alongside) {
      const rows = entries.map(({ id, ...entry }) => {
        return { ...stored(entry, entry.createdAt), id: id as EntryId, userId, revision: 1 }
      })
      const inserts = rows.flatMap(row => [insert.asWrite(row), ...tagWrites(row)])
      return batches.addRows(commit, userId, rows, alongside, inserts)
    },

    bytesOf: entry => stored(entry, entry.createdAt).bytes,

    async alike(userId: UserId, entries: readonly NewEntry[]) {
      const dates = [...new Set(entries.map(({ day }) => formatDay(day)))]
      const rows = await query(db =>
        db
          .select({
            id: moods.id,
            digest: moods.digest,
            version: moods.version,
            date: moods.date,
            occurredAt: moods.occurredAt,
            mood: moods.mood,
            note: moods.note,
            tags: moods.tags,
          })
          .from(moods)
          .where(and(eq(moods.userId, userId), inArray(moods.date, dates)))
          .orderBy(asc(moods.date), asc(moods.sortAt), asc(moods.id)),
      )
      return rows.map(({ id, digest, version, ...entry }) => ({ id, digest, version, content: contentOf(entry) }))
    },

    contentOf: entry => contentOf({ ...entry, date: formatDay(entry.day) }),
  }
}

type Content = Pick<NewEntry, 'mood' | 'note' | 'tags' | 'occurredAt'> & { date: string }
const contentOf = ({ date, occurredAt, mood, note, tags }: Content) =>
  JSON.stringify([date, occurredAt?.getTime() ?? null, mood, note, tags])
