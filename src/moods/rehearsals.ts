import { Conflict } from '../db/database.ts'
import type { Restorable } from '../deletions/deletions.ts'
import type { UserId } from '../ids.ts'
import type { Quotas } from '../quotas/quotas.ts'
import type { EntryFields, FoundEntry, NewEntry } from './entry-row.ts'
import type { entryStore } from './entry-store.ts'

/**
 * What writes of entries would lead to, without writing: with the errors that these would have as the database stands now.
 * Instants are epoch ms.
 */
export function entryRehearsals(
  { find, deletions, steps }: Pick<ReturnType<typeof entryStore>, 'find' | 'deletions' | 'steps'>,
  quotas: Quotas,
) {
  const resulting = ({ state: { living } }: { state: { living: FoundEntry } }) => {
    const { entry, revision } = living
    return { entry, revision }
  }

  return {
    /** As `add`. */
    async add(userId: UserId, fields: NewEntry, now: number) {
      const step = steps.add(userId, fields, now)
      const isClients = fields.digest !== null
      if (isClients) await deletions.refuseDeleted(userId, fields.id)
      await quotas.refuse(userId, step.gains)
      if (isClients && (await find(userId, fields.id))) throw new Conflict('moods')
      return resulting(step)
    },

    /** As `replace`. */
    async replace(userId: UserId, found: FoundEntry, fields: EntryFields, now: number) {
      const { lighter } = steps.replace(userId, found, fields, now)
      await quotas.refuse(userId, lighter.gains)
      return resulting(lighter)
    },

    /** As `restore`. */
    async restore(userId: UserId, deleted: Restorable, now: number) {
      const step = steps.restore(userId, deleted, now)
      await quotas.refuse(userId, step.gains)
      return resulting(step)
    },
  }
}
