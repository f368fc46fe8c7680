import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { eventRetentionMs } from '../audit/events.ts'
import { maxWaitMs } from '../auth/throttle-rules.ts'
import type { Wiping, WritableDatabase } from '../db/database.ts'
import { erasureStore } from '../db/erasure.ts'
import { removeUntil } from '../db/remove-until.ts'
import { purgeDeletions } from '../deletions/purge-deletions.ts'
import { keyLifetimeMs } from '../idempotency/keys.ts'
import type { Job } from '../jobs/job-runner.ts'
import { operationLifetimeMs } from '../sync/operations.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/**
 * All recurring jobs. No request pays for them.
 * @param wiped gets the result of wiping what deletions left in the database files.
 */
export function recurringJobs(database: WritableDatabase, wiped: (wiping: Wiping) => void): Job[] {
  const {
    throttles,
    idempotencyKeys,
    events,
    sessions,
    invitations,
    oauthStates,
    oneTimeCodes,
    handoverCodes,
    syncOperations,
  } = database.tables

  /**
   * Deletes expired rows.
   * @param afterMs the time from the column's instant to the expiry.
   */
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
    removal('remove-invitations', invitations.expiresAt),
    removal('remove-oauth-states', oauthStates.expiresAt),
    removal('remove-one-time-codes', oneTimeCodes.expiresAt),
    removal('remove-authorization-codes', handoverCodes.expiresAt),
    removal('remove-sync-operations', syncOperations.at, operationLifetimeMs),
    {
      name: 'purge-deletions',
      intervalMs: hourMs,
      run: (at, stopping) => purgeDeletions(database, database.atomic, at, stopping),
    },
    {
      name: 'finish-deletions',
      intervalMs: 10 * minuteMs,
      async run(_at, stopping) {
        await erasureStore(database).finishDeletions(database.atomic, stopping)
        const wiping = await database.wipePending()
        if (wiping) wiped(wiping)
      },
    },
  ]
}

/**
 * The jobs that send something to others. They run apart from the rest, which must not wait for a mail server.
 * @param send sends the reminders that are due.
 */
export function sendingJobs(send: (stopping: AbortSignal) => Promise<void>): Job[] {
  return [{ name: 'send-reminders', intervalMs: 30_000, run: (_at, stopping) => send(stopping) }]
}
