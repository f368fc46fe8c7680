import { sql } from 'drizzle-orm'
import { moodSettingsOf } from '../auth/principal.ts'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import type { UserId } from '../ids.ts'
import type { SyncedKind } from '../vocabulary.ts'

/** The versions of what a user has. */
export type Versions = Readonly<Record<SyncedKind, number>>

/** The state of an account that a sync begins with. */
export interface SyncState {
  epoch: string
  versions: Versions
  /** What every answer tells devices, and what its streak depends on. */
  settings: {
    timezone: string | null
    dayStartsAt: number
    moodMin: number
    moodMax: number
    moodVersion: number
    moodHistory: string | null
  }
}

/**
 * Reads the versions of what a user has, before the things themselves: what is read later may be newer, never older. The
 * row lock on the user orders all changes of a kind, so everything of a version up to these can be read.
 */
export function versionReader({ prepare, tables: { users, installation } }: Database) {
  const read = prepare('sync_versions', { userId: users.id }, (db, { userId }) =>
    db
      .select({
        epoch: installation.epoch,
        versions: {
          mood: users.moodVersion,
          task: users.taskVersion,
          practice: users.practiceVersion,
          sequence: users.sequenceVersion,
        },
        settings: moodSettingsOf({ users }),
      })
      .from(users)
      .innerJoin(installation, sql`true`)
      .where(eq(users.id, userId)),
  )
  /** Undefined when the user is gone. */
  return async (userId: UserId): Promise<SyncState | undefined> => (await read.execute({ userId }))[0]
}
