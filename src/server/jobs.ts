import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { eventRetentionMs } from '../audit/events.ts'
import { maxWaitMs } from '../auth/throttle.ts'
import type { Database, Wiping } from '../db/database.ts'
import { removeUntil } from '../db/remove-until.ts'
import { keyLifetimeMs } from '../idempotency/keys.ts'
import type { Job } from '../jobs/job-runner.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/**
 * Everything that is done again and again. No request pays for any of it.
 * @param wiped is told how it went to wipe what deletions had left in the files of the database.
 */
export function recurringJobs(database: Database, wiped: (wiping: Wiping) => void): Job[] {
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
      name: 'wipe',
      intervalMs: 10 * minuteMs,
      async run() {
        const wiping = await database.wipePending()
        if (wiping) wiped(wiping)
      },
    },
  ]
}
