import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import type { Factor } from '../insight/findings.ts'
import { statisticsOf } from '../insight/statistics.ts'
import { counts, dayMeans, nameTally } from '../insight/tally.ts'
import { type DayNumber, dayOf, formatDay, localDay, startOfDay, wallClock } from '../moods/calendar.ts'
import { entryWalk } from '../moods/entry-walk.ts'
import { wallHours } from '../moods/wall-hours.ts'
import { keyOf } from '../short-text.ts'
import { inTurns } from '../streaming/turns.ts'
import type { MoodValue } from '../vocabulary.ts'
import { completedTasks } from './completed-tasks.ts'
import { practisedDays } from './practised-days.ts'

/** The longest calendar: ten years. */
export const maxCalendarDays = 3_700
/** Names of a kind that are compared: the commonest. */
const maxNames = 200

/** The days of a person's statistics. */
export interface Period {
  /** Inclusive. */
  from: DayNumber
  to: DayNumber
  /** The person's own, where completed tasks belong to days. */
  timezone: string
  dayStartsAt: number
}

/** What of a person may be read beside moods. */
export interface MayRead {
  tasks: boolean
  practices: boolean
}

/** Of what statistics are made of. */
export type Versions = Readonly<Record<'moods' | 'tasks' | 'practices', number>>

/** A day with entries. */
export interface CalendarDay {
  day: DayNumber
  entries: number
  /** The mean of the entries that have one; null where none has. */
  valence: number | null
}

/**
 * Reads what a person logged and says what it shows. Rows are read in steps, with a turn of the event loop before each.
 * @param turn waits until it is this reader's turn.
 */
export function statisticsStore(database: Database, turn: () => Promise<void>) {
  const walk = entryWalk(database)
  const completed = completedTasks(database)
  const practised = practisedDays(database)
  const { users } = database.tables
  const versions = database.prepare('statistics_versions', { id: users.id }, (db, { id }) =>
    db
      .select({ moods: users.moodVersion, tasks: users.taskVersion, practices: users.practiceVersion })
      .from(users)
      .where(eq(users.id, id)),
  )

  return {
    /** The versions of what statistics are made of; undefined when the user is gone. */
    versions: async (id: UserId): Promise<Versions | undefined> => (await versions.execute({ id }))[0],

    /** `GET /mood/stats` without what was asked. */
    async of(user: UserId, period: Period, may: MayRead) {
      const means = dayMeans()
      const hours = Array.from({ length: 24 }, dayMeans)
      const hourOf = wallHours()
      const tags = nameTally(keyOf)
      const moods = counts<MoodValue>()
      let [entries, days, lastDate, day] = [0, 0, '', 0]
      await walk(user, period, turn, ({ date, mood, valence, tags: names, occurredAt, timezone }) => {
        entries++
        if (date !== lastDate) {
          lastDate = date
          day = dayOf(date)
          days++
        }
        for (const name of names) tags.add(name, day)
        moods.add(mood)
        if (valence === null) return
        means.add(day, valence)
        if (occurredAt) hours[hourOf(occurredAt.getTime(), timezone)]?.add(day, valence)
      })
      const factors = [
        ...factorsOf('tag', tags),
        ...(may.tasks ? factorsOf('task', await tasksOf(user, period)) : []),
        ...(may.practices ? factorsOf('practice', await practicesOf(user, period)) : []),
      ]
      const shown = statisticsOf(
        means.means(),
        hours.map(hour => hour.means()),
        factors,
        day => formatDay(day).slice(0, 7),
      )
      return {
        days,
        entries,
        moods: moods.commonest(maxNames).map(([mood, n]) => ({ mood, n })),
        ...(await inTurns(shown, turn)),
      }
    },

    /** The days with entries, oldest first. */
    async calendar(user: UserId, period: Pick<Period, 'from' | 'to'>): Promise<CalendarDay[]> {
      const days: (CalendarDay & { sum: number; n: number })[] = []
      await walk(user, period, turn, ({ date, valence }) => {
        const day = dayOf(date)
        let last = days.at(-1)
        if (last?.day !== day) {
          last = { day, entries: 0, valence: null, sum: 0, n: 0 }
          days.push(last)
        }
        last.entries++
        if (valence === null) return
        last.sum += valence
        last.n++
      })
      return days.map(({ day, entries, sum, n }) => ({ day, entries, valence: n === 0 ? null : sum / n }))
    },
  }

  async function tasksOf(user: UserId, { from, to, timezone, dayStartsAt }: Period) {
    const seen: { title: string; day: DayNumber }[] = []
    const time = {
      from: new Date(startOfDay(from, timezone, dayStartsAt)),
      to: new Date(startOfDay(to + 1, timezone, dayStartsAt)),
    }
    await completed(user, time, turn, (title, at) => {
      seen.push({ title, day: localDay(wallClock(at.getTime(), timezone), dayStartsAt) })
    })
    const titles = nameTally(keyOf)
    for (const { title, day } of seen.sort((a, b) => a.day - b.day)) titles.add(title, day)
    return titles
  }

  async function practicesOf(user: UserId, period: Period) {
    const titles = nameTally(keyOf)
    await practised(user, period, turn, titles.add)
    return titles
  }
}

function factorsOf(kind: Factor['kind'], names: ReturnType<typeof nameTally>): Factor[] {
  return names.commonest(maxNames).map(({ name, days }) => ({ kind, name, days }))
}
