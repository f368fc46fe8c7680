import { and, asc, count, isNotNull, sql } from 'drizzle-orm'
import { eq, gt } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import { dayOf } from './calendar.ts'
import { countOnTime } from './entry-row.ts'
import { skippedDays } from './skipped-days.ts'
import { outlineOf, snapshotOf } from './snapshot.ts'
import { historyOf } from './streak.ts'

/** Users whose entries are read by one statement. */
const usersAtATime = 100

export interface CheckedSnapshots {
  /** Snapshots that are what the entries of their user make. */
  right: number
  /** Those of another version, format or release of the time-zone data, which nobody reads. */
  outdated: number
  /** The users whose snapshot is wrong. */
  wrong: UserId[]
}

/**
 * Derives every history from its entries and compares it with the snapshot beside its user. A snapshot, its version and
 * the entries are read in one statement, so that servers may write meanwhile.
 */
export async function checkSnapshots({ query, tables }: Pick<Database, 'query' | 'tables'>): Promise<CheckedSnapshots> {
  const { users, moods } = tables
  const checked: CheckedSnapshots = { right: 0, outdated: 0, wrong: [] }
  let after = '' as UserId
  for (;;) {
    const kept = await query(db =>
      db
        .select({ id: users.id })
        .from(users)
        .where(and(gt(users.id, after), isNotNull(users.moodHistory)))
        .orderBy(asc(users.id))
        .limit(usersAtATime),
    )
    const last = kept.at(-1)
    if (!last) return checked
    const rows = await query(db =>
      db
        .select({
          id: users.id,
          version: users.moodVersion,
          timezone: users.timezone,
          snapshot: users.moodHistory,
          date: moods.date,
          entries: count(moods.id),
          onTime: countOnTime(tables),
        })
        .from(users)
        .leftJoin(moods, eq(moods.userId, users.id))
        .where(and(sql`${users.id} > ${after}`, sql`${users.id} <= ${last.id}`, isNotNull(users.moodHistory)))
        .groupBy(users.id, users.moodVersion, users.timezone, users.moodHistory, moods.date)
        .orderBy(asc(users.id), asc(moods.date)),
    )
    for (const days of Map.groupBy(rows, ({ id }) => id).values()) {
      const [{ id, version, timezone, snapshot }] = days as [(typeof days)[number]]
      const skipped = skippedDays(timezone ?? undefined)
      const dated = days.filter(({ entries }) => entries > 0)
      const history = historyOf(
        dated.map(({ date }) => dayOf(date as string)),
        dated.map(({ entries }) => entries),
        skipped,
        dated.map(({ onTime }) => onTime),
      )
      if (!outlineOf(snapshot, version, skipped)) checked.outdated++
      else if (snapshot === snapshotOf(history, version)) checked.right++
      else checked.wrong.push(id)
    }
    after = last.id
  }
}
