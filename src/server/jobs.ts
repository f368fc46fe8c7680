import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { eventRetentionMs } from '../audit/events.ts'
import { maxWaitMs } from '../auth/throttle.ts'
import type { Database } from '../db/database.ts'
import { removeUntil } from '../db/remove-until.ts'
import { keyLifetimeMs } from '../idempotency/keys.ts'
import type { Job } from '../jobs/job-runner.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** The hour of local time in which a large SQLite file is rewritten, which holds up everybody who writes. */
const quietHour = 3

/** Everything that is done again and again. No request pays for any of it. */
export function recurringJobs(database: Database): Job[] {
  const { throttles, idempotencyKeys, events, sessions, oauthStates, oneTimeCodes, handoverCodes } = database.tables

  /** Deletes what is out of date. @param afterMs how long after the column's instant that is. */
  const removal = (name: string, column: SQLiteColumn, afterMs = 0): Job => ({
    name,
    intervalMs: hourMs,
    run: (at, stopping) => removeUntil(database, column, at - afterMs, stopping),
  })

  return [
    removal('remove-throttles', throttles.expiresAt, maxWaitMs),
    removal('remove-idempotency-keys', idempotencyKeys.createdAt, keyLifetimeMs),
    removal('remove-events', events.at, eventRetentionMs),
    removal('remove-sessions', sessions.expiresAt),
    removal('remove-oauth-states', oauthStates.expiresAt),
    removal('remove-one-time-codes', oneTimeCodes.expiresAt),
    removal('remove-authorization-codes', handoverCodes.expiresAt),
    {
      name: 'scrub',
      // Twice or more within the quiet hour, however the runs fall.
      intervalMs: 20 * minuteMs,
      run: async at => new Date(at).getHours() === quietHour && database.scrubPostponed(),
    },
  ]
}
