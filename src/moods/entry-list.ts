import { and, asc, count, desc, type SQL, sql } from 'drizzle-orm'
import { eq, gte, lte } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { bare, rowCount, text, type Values } from '../db/values.ts'
import type { UserId } from '../ids.ts'
import { keyOf } from '../short-text.ts'
import { type DayNumber, formatDay } from './calendar.ts'
import { sortAtOf, wireEntry } from './entry-row.ts'
import type { Order } from './streak.ts'

/** The place of an entry, which is the cursor behind it. */
export function placeOf({ entry }: EntryRow): Cursor {
  const { date, occurred_at: occurredAt, created_at: createdAt, id } = JSON.parse(`${entry}}`)
  const at = sortAtOf(occurredAt === null ? null : new Date(occurredAt), new Date(createdAt))
  return { date, at, id }
}

/** A cursor between two entries of a list, whose order is `(date, sort_at, id)`; the date as it is stored. */
export interface Cursor {
  date: string
  at: Date
  id: string
}

/** The cursor before every entry of a day. */
export const beforeDay = (day: DayNumber): Cursor => ({
  date: formatDay(day),
  at: new Date(Date.UTC(1800, 0)),
  id: '',
})
/** The cursor after every entry of a day. */
export const afterDay = (day: DayNumber): Cursor => ({ date: formatDay(day), at: new Date(Date.UTC(9999, 0)), id: '~' })

/** A stretch of a user's entries, walked from a cursor. */
export interface Stretch {
  order: Order
  /** Only entries with this tag, compared after folding. */
  tag?: string | undefined
  start: Cursor
  /** The last day of the walk: the latest one ascending, the earliest one descending. */
  until: DayNumber
  offset: number
  limit: number
}

/**
 * Many entries of one user at a time. Every read returns its version, in the same statement: that is how a list and the
 * separately derived streaks are known to agree.
 */
export function entryLists({ prepare, tables }: Database) {
  const { moods, moodTags, users } = tables
  const version = users.moodVersion
  /** An entry as it is sent, and what its streak and its place take. */
  const shown = { entry: wireEntry(tables), date: moods.date, version }

  const stretch = { ...walk(moods), limit: rowCount, offset: rowCount }
  const list = (order: Order) =>
    prepare(
      `mood_list_${order}`,
      stretch,
      (db, values) =>
        db
          .select(shown)
          .from(moods)
          .innerJoin(users, eq(users.id, moods.userId))
          .where(and(eq(moods.userId, values.userId), ...inWalk(values, order, [moods.date, moods.sortAt, moods.id])))
          .orderBy(...along(order, [moods.date, moods.sortAt, moods.id]))
          .limit(values.limit)
          .offset(values.offset),
      'entry',
    )
  const listByTag = (order: Order) =>
    prepare(
      `mood_list_by_tag_${order}`,
      { ...stretch, tag: moodTags.tag },
      (db, values) =>
        db
          .select(shown)
          .from(moodTags)
          .innerJoin(moods, and(eq(moods.userId, moodTags.userId), eq(moods.id, moodTags.moodId)))
          .innerJoin(users, eq(users.id, moodTags.userId))
          .where(
            and(
              eq(moodTags.userId, values.userId),
              eq(moodTags.tag, values.tag),
              ...inWalk(values, order, [moodTags.date, moodTags.sortAt, moodTags.moodId]),
            ),
          )
          .orderBy(...along(order, [moodTags.date, moodTags.sortAt, moodTags.moodId]))
          .limit(values.limit)
          .offset(values.offset),
      'entry',
    )
  const lists = { asc: list('asc'), desc: list('desc') }
  const listsByTag = { asc: listByTag('asc'), desc: listByTag('desc') }

  const span = { userId: users.id, from: moods.date, to: moods.date }
  const countByTag = prepare('mood_count_by_tag', { ...span, tag: moodTags.tag }, (db, { userId, tag, from, to }) =>
    db
      .select({ total: count(moodTags.moodId), version })
      .from(users)
      .leftJoin(
        moodTags,
        and(eq(moodTags.userId, users.id), eq(moodTags.tag, tag), gte(moodTags.date, from), lte(moodTags.date, to)),
      )
      .where(eq(users.id, userId))
      .groupBy(version),
  )

  return {
    /** A stretch of the user's entries, in list order; each entry as JSON without its closing brace. */
    list: (userId: UserId, { order, tag, start, until, offset, limit }: Stretch) => {
      const place = { startDate: start.date, startAt: start.at, startId: start.id, until: formatDay(until) }
      const params = { userId, ...place, offset, limit }
      return tag === undefined
        ? lists[order].execute(params)
        : listsByTag[order].execute({ ...params, tag: keyOf(tag) })
    },

    /** The number of the user's entries between two days (inclusive) with a tag, and its version. */
    async countByTag(userId: UserId, tag: string, from: DayNumber, to: DayNumber) {
      const params = { userId, tag: keyOf(tag), from: formatDay(from), to: formatDay(to) }
      return (await countByTag.execute(params))[0] ?? { total: 0, version: undefined }
    },
  }
}

/** The values of a statement that walks over entries. */
export const walk = (moods: Moods) => ({
  userId: moods.userId,
  startDate: moods.date,
  startAt: moods.sortAt,
  startId: text(),
  until: moods.date,
})

/** The conditions of a walk. */
export function inWalk(values: Values<ReturnType<typeof walk>>, order: Order, [date, at, id]: OrderColumns): SQL[] {
  const { startDate, startAt, startId, until } = values
  const place = sql`(${date}, ${at}, ${id})`
  const start = sql`(${bare(startDate)}, ${bare(startAt)}, ${bare(startId)})`
  return order === 'asc' ? [sql`${place} > ${start}`, lte(date, until)] : [sql`${place} < ${start}`, gte(date, until)]
}

/** The order of a walk. */
export function along(order: Order, columns: OrderColumns): SQL[] {
  return columns.map(column => (order === 'asc' ? asc(column) : desc(column)))
}

export type EntryRow = Awaited<ReturnType<ReturnType<typeof entryLists>['list']>>[number]

type Moods = Database['tables']['moods']
type MoodTags = Database['tables']['moodTags']
type OrderColumns =
  | readonly [Moods['date'], Moods['sortAt'], Moods['id']]
  | readonly [MoodTags['date'], MoodTags['sortAt'], MoodTags['moodId']]
