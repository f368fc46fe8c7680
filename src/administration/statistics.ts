import { setImmediate } from 'node:timers/promises'
import { and, count, countDistinct, desc, sql } from 'drizzle-orm'
import { eq, gte, lte } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { type ParamsOf, rowCount, text, type Values } from '../db/values.ts'
import { type Role, roles } from '../vocabulary.ts'
import type { LivingSessions } from './living-sessions.ts'

const day = 86_400_000
/** The number of days in the statistics, today included. */
export const statisticsDays = 30
/** Accounts counted at a time: some milliseconds on SQLite, during which it answers no other request. */
const pageSize = 250
/** Greater than every id. */
const beyond = '~'

/** The counts of one day. */
export interface StatisticsDay {
  /** `YYYY-MM-DD`. */
  date: string
  /** Accounts created on this day, in UTC, that still exist. */
  new_users: number
  /** People with an entry for this day. */
  active_users: number
  /** Entries for this day of their user's calendar. */
  entries: number
}

export interface Statistics {
  users: Record<Role, { active: number; disabled: number }>
  days: StatisticsDay[]
  sessions: number
  tasks: { open: number; completed: number }
  sequences: {
    total: number
    /** Published sequences only, the most common categories first; categories of private ones are not shown. */
    published: { category: string | null; count: number }[]
  }
}

/** Maximum number of categories: they are free text. */
export const maxCategories = 50

/**
 * Counts everything across all users, on a sharded database on every shard. By pages of users: their rows are together,
 * and SQLite can answer other requests between two pages.
 */
export function statisticsStore({ prepare, tables }: Database, living: LivingSessions) {
  const { users, moods, sessions, tasks, sequences, publishedSequences } = tables
  const page = { after: text(), last: text() }
  const within = (
    id: typeof users.id | typeof sessions.userId | typeof tasks.userId | typeof sequences.userId,
    { after, last }: Values<typeof page>,
  ) => and(sql`${id} > ${after}`, sql`${id} <= ${last}`)

  const lastOfPage = prepare('census_page', { after: text(), offset: rowCount }, (db, { after, offset }) =>
    db
      .select({ id: users.id })
      .from(users)
      .where(sql`${users.id} > ${after}`)
      .orderBy(users.id)
      .limit(1)
      .offset(offset),
  )
  const disabled = sql`(${users.disabledAt} is not null)`.mapWith(Boolean)
  const people = prepare('census_people', page, (db, values) =>
    db
      .select({ role: users.role, disabled, n: count() })
      .from(users)
      .where(within(users.id, values))
      .groupBy(users.role, disabled),
  )
  const newcomers = prepare('census_newcomers', { ...page, since: users.createdAt }, (db, { since, ...values }) =>
    db
      .select({ at: users.createdAt })
      .from(users)
      .where(and(within(users.id, values), gte(users.createdAt, since))),
  )
  const span = { ...page, first: moods.date, today: moods.date }
  // SQLite keeps the order of a cross join: for each person it reads the last days of the index by day, and no others.
  const entries = prepare('census_entries', span, (db, { first, today, ...values }) =>
    db
      .select({ date: moods.date, n: count(), people: countDistinct(moods.userId) })
      .from(users)
      .crossJoin(moods)
      .where(and(within(users.id, values), eq(moods.userId, users.id), gte(moods.date, first), lte(moods.date, today)))
      .groupBy(moods.date),
  )
  const livingSessions = prepare('census_sessions', { ...page, ...living.values }, (db, values) =>
    db
      .select({ n: count() })
      .from(sessions)
      .where(and(within(sessions.userId, values), living.condition(values))),
  )
  const completed = sql`(${tasks.completedAt} is not null)`.mapWith(Boolean)
  const taskCounts = prepare('census_tasks', page, (db, values) =>
    db.select({ completed, n: count() }).from(tasks).where(within(tasks.userId, values)).groupBy(completed),
  )
  const sequenceCount = prepare('census_sequences', page, (db, values) =>
    db.select({ n: count() }).from(sequences).where(within(sequences.userId, values)),
  )
  const categories = prepare('census_categories', {}, db =>
    db
      .select({ category: publishedSequences.categoryKey, count: count() })
      .from(publishedSequences)
      .groupBy(publishedSequences.categoryKey)
      .orderBy(desc(count()), sql`coalesce(${publishedSequences.categoryKey}, '')`)
      .limit(maxCategories),
  )

  return {
    /** @param now epoch ms. */
    async count(now: number): Promise<Statistics> {
      const days = lastDays(now)
      const [first, today] = [days[0] as StatisticsDay, days.at(-1) as StatisticsDay]
      const since = new Date(Date.parse(first.date))
      const statistics: Statistics = {
        users: Object.fromEntries(roles.map(role => [role, { active: 0, disabled: 0 }])) as Statistics['users'],
        days,
        sessions: 0,
        tasks: { open: 0, completed: 0 },
        sequences: { total: 0, published: await categories.execute({}) },
      }
      for (let after: string = ''; after !== beyond; ) {
        const last = (await lastOfPage.execute({ after, offset: pageSize - 1 }))[0]?.id ?? beyond
        await countPage(statistics, { after, last, since, first: first.date, today: today.date, ...living.at(now) })
        after = last
        await setImmediate()
      }
      return statistics
    },
  }

  type StatisticsPage = ParamsOf<typeof span & typeof living.values & { since: typeof users.createdAt }>

  async function countPage(statistics: Statistics, page: StatisticsPage) {
    const byDate = new Map(statistics.days.map(counted => [counted.date, counted]))
    for (const { role, disabled, n } of await people.execute(page))
      statistics.users[role][disabled ? 'disabled' : 'active'] += n
    for (const { at } of await newcomers.execute(page)) {
      const counted = byDate.get(dateOf(at.getTime()))
      // A clock that was set back can leave accounts in the future.
      if (counted) counted.new_users++
    }
    for (const { date, n, people } of await entries.execute(page)) {
      const counted = byDate.get(date) as StatisticsDay
      counted.entries += n
      counted.active_users += people
    }
    for (const { n } of await livingSessions.execute(page)) statistics.sessions += n
    for (const { n } of await sequenceCount.execute(page)) statistics.sequences.total += n
    for (const { completed, n } of await taskCounts.execute(page))
      statistics.tasks[completed ? 'completed' : 'open'] += n
  }
}

/** The last days until today, in UTC, with empty counts. */
function lastDays(now: number): StatisticsDay[] {
  return Array.from({ length: statisticsDays }, (_, i) => {
    const date = dateOf(now - (statisticsDays - 1 - i) * day)
    return { date, new_users: 0, active_users: 0, entries: 0 }
  })
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
