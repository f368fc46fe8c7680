import { and, eq, sql } from 'drizzle-orm'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import { fold } from '../fold.ts'
import type { MoodValue } from '../vocabulary.ts'
import { formatDay } from './calendar.ts'
import type { Dated } from './dating.ts'

/** What is kept of an entry, apart from its keys and its bookkeeping. */
export interface EntryFields extends Dated {
  mood: MoodValue
  valence: number | null
  note: string | null
  tags: string[]
}

export interface NewEntry extends EntryFields {
  id: string
  digest: string | null
}

/** An entry as the wire shows it; its streak is added by whoever knows the history. */
export const wireEntry = ({ moods }: Pick<Database['tables'], 'moods'>) => ({
  id: moods.id,
  mood: moods.mood,
  valence: moods.valence,
  note: moods.note,
  tags: moods.tags,
  date: moods.date,
  occurred_at: moods.occurredAt,
  timezone: moods.timezone,
  created_at: moods.createdAt,
  updated_at: moods.updatedAt,
})

/** One entry at a time, reachable only together with its user's id; each write raises the version of the user's moods. */
export function entryStore({ prepare, atomic, tables }: Database) {
  const { moods, moodTags, users } = tables
  const entry = wireEntry(tables)
  const version = users.moodVersion
  const user = sql.placeholder('user')
  const id = sql.placeholder('id')
  const own = and(eq(moods.userId, textFor('user')), eq(moods.id, textFor('id')))

  const one = prepare('mood_by_id', db =>
    db
      .select({ entry, version, revision: moods.revision, dateSource: moods.dateSource, digest: moods.digest })
      .from(moods)
      .innerJoin(users, eq(users.id, moods.userId))
      .where(own),
  )

  const bump = prepare('mood_bump_version', db =>
    db
      .update(users)
      .set({ moodVersion: sql`${users.moodVersion} + 1` })
      .where(eq(users.id, textFor('user')))
      .returning({ version: users.moodVersion }),
  )
  const insert = prepare('mood_insert', db =>
    db.insert(moods).values({
      userId: user,
      id,
      date: sql.placeholder('date'),
      dateSource: sql.placeholder('dateSource'),
      occurredAt: sql.placeholder('occurredAt'),
      timezone: sql.placeholder('timezone'),
      mood: sql.placeholder('mood'),
      valence: sql.placeholder('valence'),
      note: sql.placeholder('note'),
      tags: sql.placeholder('tags'),
      digest: sql.placeholder('digest'),
      revision: 1,
      createdAt: sql.placeholder('now'),
      updatedAt: sql.placeholder('now'),
    }),
  )
  const update = prepare('mood_update', db =>
    db
      .update(moods)
      .set({
        date: valueFor('date', moods.date),
        dateSource: valueFor('dateSource', moods.dateSource),
        occurredAt: valueFor('occurredAt', moods.occurredAt),
        timezone: valueFor('timezone', moods.timezone),
        mood: valueFor('mood', moods.mood),
        valence: valueFor('valence', moods.valence),
        note: valueFor('note', moods.note),
        tags: valueFor('tags', moods.tags),
        revision: sql`${moods.revision} + 1`,
        updatedAt: valueFor('now', moods.updatedAt),
      })
      .where(and(own, eq(moods.revision, sql.placeholder('revision'))))
      .returning(entry),
  )
  const remove = prepare('mood_delete', db =>
    db
      .delete(moods)
      .where(and(own, eq(moods.revision, sql.placeholder('revision'))))
      .returning({ id: moods.id }),
  )
  /** So many tags go into one statement, the largest number first. */
  const insertTags = [8, 4, 2, 1].map(rows => ({
    rows,
    write: prepare(`mood_tags_insert_${rows}`, db =>
      db.insert(moodTags).values(
        Array.from({ length: rows }, (_, i) => ({
          userId: user,
          tag: sql.placeholder(`tag${i}`),
          date: sql.placeholder('date'),
          occurredAt: sql.placeholder('occurredAt'),
          moodId: id,
        })),
      ),
    ),
  }))
  const removeTags = prepare('mood_tags_delete', db =>
    db.delete(moodTags).where(and(eq(moodTags.userId, textFor('user')), eq(moodTags.moodId, textFor('id')))),
  )

  function tagWrites(userId: string, entryId: string, fields: EntryFields): BoundWrite<unknown>[] {
    const { occurredAt } = fields
    const date = formatDay(fields.day)
    const left = [...new Set(fields.tags.map(fold))]
    const writes: BoundWrite<unknown>[] = []
    for (const { rows, write } of insertTags) {
      while (left.length >= rows) {
        const tags = left.splice(0, rows).map((tag, i) => [`tag${i}`, tag])
        writes.push(write.with({ user: userId, id: entryId, date, occurredAt, ...Object.fromEntries(tags) }))
      }
    }
    return writes
  }

  return {
    /** The user's entry, or undefined: also when it exists and is someone else's. */
    find: async (userId: string, entryId: string) => (await one.execute({ user: userId, id: entryId }))[0],

    /**
     * Adds an entry. @param now epoch ms. @param alongside writes of the same batch. @returns the entry and the new version, or undefined when the user is gone.
     * @throws {Conflict} in `moods` or, by its tags, in `mood_tags` when the user has an entry with this id.
     */
    async add(userId: string, fields: NewEntry, now: number, alongside: readonly BoundWrite<unknown>[] = []) {
      const at = new Date(now)
      const written = await atomic(
        [
          must(bump.with({ user: userId })),
          insert.with({ ...fields, date: formatDay(fields.day), user: userId, now: at }),
          ...tagWrites(userId, fields.id, fields),
          ...alongside,
        ],
        // Of what comes along nothing is known.
        alongside.length === 0 ? 'independent' : undefined,
      )
      return written && { entry: newEntry(fields, at), version: versionOf(written[0]), revision: 1 }
    },

    /**
     * Writes all fields of an entry that still has the revision they were made from. @param now epoch ms.
     * @returns the entry and the new version, or undefined (and nothing written) when it has changed or gone meanwhile.
     */
    async replace(userId: string, entryId: string, revision: number, fields: EntryFields, now: number) {
      const key = { user: userId, id: entryId }
      const written = await atomic([
        must(bump.with(key)),
        must(update.with({ ...fields, date: formatDay(fields.day), ...key, revision, now: new Date(now) })),
        removeTags.with(key),
        ...tagWrites(userId, entryId, fields),
      ])
      return written && { entry: written[1][0] as Entry, version: versionOf(written[0]), revision: revision + 1 }
    },

    /** Deletes an entry that still has a revision. @returns the new version, or undefined when it has changed or gone. */
    async remove(userId: string, entryId: string, revision: number) {
      const written = await atomic([
        must(bump.with({ user: userId })),
        must(remove.with({ user: userId, id: entryId, revision })),
      ])
      return written && versionOf(written[0])
    },
  }
}

/** An entry by its id, with what an edit needs to know. */
export type FoundEntry = NonNullable<Awaited<ReturnType<ReturnType<typeof entryStore>['find']>>>
type Entry = FoundEntry['entry']

/** What reading a new entry gives: what was written comes back as it is, from both engines. */
function newEntry({ id, mood, valence, note, tags, day, occurredAt, timezone }: NewEntry, at: Date): Entry {
  const date = formatDay(day)
  return { id, mood, valence, note, tags, date, occurred_at: occurredAt, timezone, created_at: at, updated_at: at }
}

function versionOf(rows: readonly { version: number }[]): number {
  return (rows[0] as { version: number }).version
}
