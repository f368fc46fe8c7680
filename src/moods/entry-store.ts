import { and, type SQL } from 'drizzle-orm'
import { readByIds } from '../db/by-ids.ts'
import { eq } from '../db/conditions.ts'
import type { BoundWrite, Commit, Database } from '../db/database.ts'
import type { Values } from '../db/values.ts'
import { deletionStore, type Removal, type Restorable } from '../deletions/deletions.ts'
import type { EntryId, UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { revisionStore } from '../revisions/revisions.ts'
import { dayOf } from './calendar.ts'
import { type Content, type EntryFields, type FoundEntry, type NewEntry, wireEntry } from './entry-row.ts'
import { type EntryStep, entrySteps } from './entry-steps.ts'
import type { Carried, Placed } from './outline.ts'

/** One entry at a time, reachable only together with its user's id; each write raises the version of the user's moods. */
export function entryStore(database: Database, quotas = quotaStore(database)) {
  const { prepare, tables } = database
  const { moods, users } = tables
  const deletions = deletionStore<EntryId>(database, 'mood', quotas)
  const revisions = revisionStore<EntryId>(database, 'mood', quotas)
  const steps = entrySteps(database, quotas, deletions, revisions)
  const key = { userId: moods.userId, id: moods.id }
  const own = ({ userId, id }: Values<typeof key>) => and(eq(moods.userId, userId), eq(moods.id, id)) as SQL

  const found = {
    entry: wireEntry(tables),
    version: users.moodVersion,
    revision: moods.revision,
    dateSource: moods.dateSource,
    onTime: moods.onTime,
    digest: moods.digest,
    bytes: moods.bytes,
  }
  const one = prepare('mood_by_id', key, (db, values) =>
    db.select(found).from(moods).innerJoin(users, eq(users.id, moods.userId)).where(own(values)),
  )

  const among = readByIds(moods.id, (size, ids, isAmong) =>
    prepare(`mood_by_ids_${size}`, { userId: moods.userId, ...ids }, (db, values) =>
      db
        .select(found)
        .from(moods)
        .innerJoin(users, eq(users.id, moods.userId))
        .where(and(eq(moods.userId, values.userId), isAmong(values))),
    ),
  )

  return {
    /** The user's entry; undefined also when it belongs to someone else. */
    find: async (userId: UserId, id: EntryId): Promise<FoundEntry | undefined> =>
      (await one.execute({ userId, id }))[0],

    /** The user's entries with some ids, by them. */
    findAll: async (userId: UserId, ids: readonly string[]): Promise<Map<string, FoundEntry>> =>
      new Map((await among({ userId }, ids)).map(row => [row.entry.id, row])),

    steps,

    /**
     * Adds an entry.
     * @param now epoch ms.
     * @param alongside writes of the same batch.
     * @param carried the history after it, where the one before is known.
     * @returns the entry and the new version, or undefined when the user is gone.
     * @throws {ApiError} `limit_reached`; `entry_deleted` when the submission has an id that the user deleted.
     * @throws {Conflict} in `moods` or, by its tags, in `mood_tags` when the user has an entry with this id.
     */
    async add(
      commit: Commit,
      userId: UserId,
      fields: NewEntry,
      now: number,
      alongside: readonly BoundWrite<unknown>[] = [],
      carried?: Carried,
    ) {
      const step = steps.add(userId, fields, now)
      const isClients = fields.digest !== null
      const written = await commit(
        [
          steps.countWrite(userId, [step], carried),
          ...deletions.freeWrites(userId, step.mustBeFree),
          ...step.writes,
          ...alongside,
        ],
        // Nothing is known about the writes alongside, and what was deleted is looked for when the user's row is locked.
        alongside.length === 0 && !isClients ? 'independent' : undefined,
      )
      if (!written) {
        if (isClients) await deletions.refuseDeleted(userId, fields.id)
        return quotas.refuse(userId, step.gains)
      }
      const { entry, revision } = step.state.living
      return { entry, version: versionOf(written[0]), revision }
    },

    /**
     * Writes all fields of an entry that still has the revision they were made from, and keeps the state that it had where
     * there is room.
     * @param now epoch ms.
     * @param carried as of `add`.
     * @returns the entry and the new version, or undefined (and nothing written) when it was changed or deleted
     *   meanwhile.
     * @throws {ApiError} `limit_reached`.
     */
    async replace(
      commit: Commit,
      userId: UserId,
      found: FoundEntry,
      fields: EntryFields,
      now: number,
      carried?: Carried,
    ) {
      const step = steps.replace(userId, found, fields, now)
      const write = (made: Pick<EntryStep, 'gains' | 'writes'>) =>
        commit([steps.countWrite(userId, [made], carried), ...made.writes])
      let written = await write(step)
      if (!written) {
        const used = await quotas.usage(userId)
        // An edit is not refused for want of room for what it replaces.
        if (used && !quotas.hasRoom(used, step.gains)) written = await write(step.lighter)
      }
      if (!written) return quotas.refuse(userId, step.lighter.gains)
      await revisions.trim(commit, userId, found.entry.id, found.revision)
      const { entry, revision } = step.state.living
      return { entry, version: versionOf(written[0]), revision }
    },

    /**
     * Deletes an entry that still has a revision; it can be restored unless it is deleted permanently.
     * @param carried as of `add`.
     * @returns the new version, or undefined when it was changed or deleted.
     */
    async remove(commit: Commit, userId: UserId, found: FoundEntry, how: Removal, carried?: Carried) {
      const step = steps.remove(userId, found, how)
      const earlier = await revisions.removal(userId, how.permanently ? [found.entry.id] : [])
      const all = [step, { gains: { moods: 0, bytes: earlier.bytes } }]
      const written = await commit([steps.countWrite(userId, all, carried), ...step.writes, ...earlier.writes])
      return written && versionOf(written[0])
    },

    /** Deleted entries. */
    deletions,

    /** Earlier states of entries. */
    revisions,

    /** The place of a deleted entry in the history. */
    placeOfDeleted({ content }: Restorable): Placed {
      const { date, on_time: onTime } = content as unknown as Content
      return { day: dayOf(date), onTime }
    },

    /**
     * Brings a deleted entry back as it was.
     * @param now epoch ms.
     * @param carried as of `add`.
     * @returns the entry and the new version, or undefined (and nothing written) when it is no longer deleted.
     * @throws {ApiError} `limit_reached`.
     */
    async restore(commit: Commit, userId: UserId, deleted: Restorable, now: number, carried?: Carried) {
      const step = steps.restore(userId, deleted, now)
      const written = await commit([steps.countWrite(userId, [step], carried), ...step.writes])
      if (!written) return quotas.refuse(userId, step.gains)
      const { entry, revision } = step.state.living
      return { entry, version: versionOf(written[0]), revision }
    },
  }
}

function versionOf(rows: readonly { version: number }[]): number {
  return (rows[0] as { version: number }).version
}
