import { and, asc, count, desc, eq, gte, lte, type SQL, sql } from 'drizzle-orm'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { rowsFor, textFor, valueFor } from '../db/placeholder.ts'
import type { DateSource, MoodValue } from '../db/schema.ts'
import { fold } from '../fold.ts'
import { dayOf } from './calendar.ts'
import { type History, historyOf } from './streak.ts'

/** What is kept of an entry, apart from its keys and its bookkeeping. */
export interface EntryFields {
  mood: MoodValue
  valence: number | null
  note: string | null
  tags: string[]
  date: string
  dateSource: DateSource
  occurredAt: Date
  timezone: string
}

export interface NewEntry extends EntryFields {
  id: string
  digest: string | null
}

/** A place between two entries of a list, whose order is `(date, occurred_at, id)`. */
export interface Cursor {
  date: string
  at: Date
  id: string
}

/** The place before every entry of a day. */
export const beforeDay = (date: string): Cursor => ({ date, at: new Date(Date.UTC(1800, 0)), id: '' })
/** The place after every entry of a day. */
export const afterDay = (date: string): Cursor => ({ date, at: new Date(Date.UTC(9999, 0)), id: '~' })

/** A stretch of a user's entries, walked from a cursor. */
export interface Stretch {
  order: 'asc' | 'desc'
  /** Only entries with this tag, compared after folding. */
  tag?: string | undefined
  start: Cursor
  /** The last date of the walk: the latest one ascending, the earliest one descending. */
  until: string
  offset: number
  limit: number
}

/** A history and the version of the user's moods that it is exactly of. */
export interface VersionedHistory extends History {
  version: number
}

export type MoodStore = ReturnType<typeof moodStore>
/** An entry by its id, with what an edit needs to know. */
export type FoundEntry = NonNullable<Awaited<ReturnType<MoodStore['find']>>>
export type EntryRow = Awaited<ReturnType<MoodStore['list']>>[number]

/**
 * The entries of every user, each reachable only together with its user's id. Every read answers with the version it
 * was read at, in the same statement: that is how a list and the streaks derived apart from it are known to agree.
 */
export function moodStore({ prepare, atomic, tables: { moods, moodTags, users } }: Database) {
  const user = sql.placeholder('user')
  const id = sql.placeholder('id')
  const own = and(eq(moods.userId, textFor('user')), eq(moods.id, textFor('id')))

  /** An entry as the wire shows it; its streak is added by whoever knows the history. */
  const entry = {
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
  }
  const version = users.moodVersion

  const one = prepare('mood_by_id', db =>
    db
      .select({ entry, version, revision: moods.revision, dateSource: moods.dateSource, digest: moods.digest })
      .from(moods)
      .innerJoin(users, eq(users.id, moods.userId))
      .where(own),
  )

  const list = (order: 'asc' | 'desc') =>
    prepare(`mood_list_${order}`, db =>
      db
        .select({ entry, version })
        .from(moods)
        .innerJoin(users, eq(users.id, moods.userId))
        .where(and(eq(moods.userId, textFor('user')), ...inWalk(order, [moods.date, moods.occurredAt, moods.id])))
        .orderBy(...along(order, [moods.date, moods.occurredAt, moods.id]))
        .limit(rowsFor('limit'))
        .offset(rowsFor('offset')),
    )
  const listByTag = (order: 'asc' | 'desc') =>
    prepare(`mood_list_by_tag_${order}`, db =>
      db
        .select({ entry, version })
        .from(moodTags)
        .innerJoin(moods, and(eq(moods.userId, moodTags.userId), eq(moods.id, moodTags.moodId)))
        .innerJoin(users, eq(users.id, moodTags.userId))
        .where(
          and(
            eq(moodTags.userId, textFor('user')),
            eq(moodTags.tag, textFor('tag')),
            ...inWalk(order, [moodTags.date, moodTags.occurredAt, moodTags.moodId]),
          ),
        )
        .orderBy(...along(order, [moodTags.date, moodTags.occurredAt, moodTags.moodId]))
        .limit(rowsFor('limit'))
        .offset(rowsFor('offset')),
    )
  const lists = { asc: list('asc'), desc: list('desc') }
  const listsByTag = { asc: listByTag('asc'), desc: listByTag('desc') }

  const countByTag = prepare('mood_count_by_tag', db =>
    db
      .select({ total: count() })
      .from(moodTags)
      .where(
        and(
          eq(moodTags.userId, textFor('user')),
          eq(moodTags.tag, textFor('tag')),
          gte(moodTags.date, textFor('from')),
          lte(moodTags.date, textFor('to')),
        ),
      ),
  )

  /** The version and the days in one statement: read apart, a write between them would give one the other's name. */
  const days = prepare('mood_days', db =>
    db
      .select({ version, date: moods.date, entries: count(moods.id) })
      .from(users)
      .leftJoin(moods, eq(moods.userId, users.id))
      .where(eq(users.id, textFor('user')))
      .groupBy(version, moods.date)
      .orderBy(asc(moods.date)),
  )
  const sources = prepare('mood_date_sources', db =>
    db
      .select({ date: moods.date, source: moods.dateSource, entries: count() })
      .from(moods)
      .where(and(eq(moods.userId, textFor('user')), gte(moods.date, textFor('from')), lte(moods.date, textFor('to'))))
      .groupBy(moods.date, moods.dateSource)
      .orderBy(asc(moods.date), asc(moods.dateSource)),
  )

  const bump = prepare('mood_bump_version', db =>
    db
      .update(users)
      .set({ moodVersion: sql`${users.moodVersion} + 1` })
      .where(eq(users.id, textFor('user')))
      .returning({ version: users.moodVersion }),
  )
  const insert = prepare('mood_insert', db =>
    db
      .insert(moods)
      .values({
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
      })
      .returning(entry),
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
  const insertTag = prepare('mood_tag_insert', db =>
    db.insert(moodTags).values({
      userId: user,
      tag: sql.placeholder('tag'),
      date: sql.placeholder('date'),
      occurredAt: sql.placeholder('occurredAt'),
      moodId: id,
    }),
  )
  const removeTags = prepare('mood_tags_delete', db =>
    db.delete(moodTags).where(and(eq(moodTags.userId, textFor('user')), eq(moodTags.moodId, textFor('id')))),
  )

  const tagWrites = (userId: string, entryId: string, { tags, date, occurredAt }: EntryFields): BoundWrite<unknown>[] =>
    [...new Set(tags.map(fold))].map(tag => insertTag.with({ user: userId, id: entryId, tag, date, occurredAt }))

  return {
    /** The user's entry, or undefined: also when it exists and is someone else's. */
    find: async (userId: string, entryId: string) => (await one.execute({ user: userId, id: entryId }))[0],

    /** A stretch of the user's entries, in list order. */
    list: (userId: string, { order, tag, start, until, offset, limit }: Stretch) => {
      const params = { user: userId, startDate: start.date, startAt: start.at, startId: start.id, until, offset, limit }
      return tag === undefined ? lists[order].execute(params) : listsByTag[order].execute({ ...params, tag: fold(tag) })
    },

    /** How many of the user's entries between two dates (both included) carry a tag. */
    async countByTag(userId: string, tag: string, from: string, to: string) {
      const [counted] = await countByTag.execute({ user: userId, tag: fold(tag), from, to })
      return (counted as { total: number }).total
    },

    /** All that the user's entries say about days, and the version it is of; undefined when the user is gone. */
    async history(userId: string): Promise<VersionedHistory | undefined> {
      const rows = await days.execute({ user: userId })
      if (!rows[0]) return undefined
      const dated = rows.filter(row => row.entries > 0)
      const history = historyOf(
        dated.map(row => dayOf(row.date as string)),
        dated.map(row => row.entries),
      )
      return { ...history, version: rows[0].version }
    },

    /** What decided the dates of the user's entries between two dates, both included. */
    dateSources: (userId: string, from: string, to: string) => sources.execute({ user: userId, from, to }),

    /**
     * Adds an entry. @param now epoch ms. @returns the entry and the new version, or undefined when the user is gone.
     * @throws {Conflict} in `moods` when the user has an entry with this id.
     */
    async add(userId: string, fields: NewEntry, now: number) {
      const written = await atomic([
        must(bump.with({ user: userId })),
        insert.with({ ...fields, user: userId, now: new Date(now) }),
        ...tagWrites(userId, fields.id, fields),
      ])
      return written && { entry: written[1][0] as Entry, version: versionOf(written[0]), revision: 1 }
    },

    /**
     * Writes all fields of an entry that still has the revision they were made from. @param now epoch ms.
     * @returns the entry and the new version, or undefined (and nothing written) when it has changed or gone meanwhile.
     */
    async replace(userId: string, entryId: string, revision: number, fields: EntryFields, now: number) {
      const key = { user: userId, id: entryId }
      const written = await atomic([
        must(update.with({ ...fields, ...key, revision, now: new Date(now) })),
        must(bump.with(key)),
        removeTags.with(key),
        ...tagWrites(userId, entryId, fields),
      ])
      return written && { entry: written[0][0] as Entry, version: versionOf(written[1]), revision: revision + 1 }
    },

    /** Deletes an entry that still has a revision. @returns the new version, or undefined when it has changed or gone. */
    async remove(userId: string, entryId: string, revision: number) {
      const written = await atomic([
        must(remove.with({ user: userId, id: entryId, revision })),
        must(bump.with({ user: userId })),
      ])
      return written && versionOf(written[1])
    },
  }

  function inWalk(order: 'asc' | 'desc', [date, at, entryId]: OrderColumns): SQL[] {
    const place = sql`(${date}, ${at}, ${entryId})`
    const start = sql`(${valueFor('startDate', date)}, ${valueFor('startAt', at)}, ${valueFor('startId', entryId)})`
    const until = textFor('until')
    return order === 'asc' ? [sql`${place} > ${start}`, lte(date, until)] : [sql`${place} < ${start}`, gte(date, until)]
  }

  function along(order: 'asc' | 'desc', columns: OrderColumns): SQL[] {
    return columns.map(column => (order === 'asc' ? asc(column) : desc(column)))
  }
}

type Moods = Database['tables']['moods']
type MoodTags = Database['tables']['moodTags']
type OrderColumns =
  | [Moods['date'], Moods['occurredAt'], Moods['id']]
  | [MoodTags['date'], MoodTags['occurredAt'], MoodTags['moodId']]

/** An entry as the wire shows it, before its streak is added. */
export type Entry = EntryRow['entry']

function versionOf(rows: readonly { version: number }[]): number {
  return (rows[0] as { version: number }).version
}
