import { and, type SQL, sql } from 'drizzle-orm'
import { readByIds } from '../db/by-ids.ts'
import { eq } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must } from '../db/database.ts'
import { insertRaised, raisedVersion } from '../db/raised-version.ts'
import { columnsOf, only, shownBy, updateOf } from '../db/statements.ts'
import type { Values } from '../db/values.ts'
import { deletionStore, type Restorable } from '../deletions/deletions.ts'
import { tombstoneBytes } from '../deletions/tombstones.ts'
import type { EntryId, UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { revisionStore } from '../revisions/revisions.ts'
import { dayOf } from './calendar.ts'
import {
  type Content,
  deletedOf,
  type EntryFields,
  type FoundEntry,
  type NewEntry,
  placedAt,
  revisedPart,
  stored,
  wireEntry,
} from './entry-row.ts'
import { entryTags } from './entry-tags.ts'
import type { Carried, Change, Placed } from './outline.ts'

/** One entry at a time, reachable only together with its user's id; each write raises the version of the user's moods. */
export function entryStore(database: Database, quotas = quotaStore(database)) {
  const { prepare, tables } = database
  const { moods, users } = tables
  const { tagWrites, removalWrite } = entryTags(database)
  const entry = wireEntry(tables)
  const shown = shownBy(moods, entry)
  const version = users.moodVersion
  const deletions = deletionStore<EntryId>(database, 'mood', quotas)
  const revisions = revisionStore<EntryId>(database, 'mood', quotas)
  const key = { userId: moods.userId, id: moods.id }
  const own = ({ userId, id }: Values<typeof key>) => and(eq(moods.userId, userId), eq(moods.id, id)) as SQL
  const ofRevision = { ...key, revision: moods.revision }
  const unchanged = (values: Values<typeof ofRevision>) => and(own(values), eq(moods.revision, values.revision))

  const found = {
    entry,
    version,
    revision: moods.revision,
    dateSource: moods.dateSource,
    onTime: moods.onTime,
    digest: moods.digest,
    bytes: moods.bytes,
  }
  /** A row as it is found when it has been written; its version is known by then only. */
  const foundIn = (row: Parameters<typeof shown>[0]): FoundEntry => {
    const { revision, dateSource, onTime, digest, bytes } = row
    return { entry: shown(row), version: 0, revision, dateSource, onTime, digest, bytes }
  }
  const one = prepare('mood_by_id', key, (db, values) =>
    db.select(found).from(moods).innerJoin(users, eq(users.id, moods.userId)).where(own(values)),
  )

  const count = quotas.tally('mood_count', ['moods', 'bytes'], 'moodVersion', {
    values: { from: version, snapshot: users.moodHistory },
    // What was carried over from another version than the one that it meets would be wrong.
    assign: ({ from, snapshot }) => ({
      moodHistory: sql`case when ${version} = ${from} then ${snapshot} else ${users.moodHistory} end`,
    }),
  })
  const counted = (userId: UserId, change: { moods: number; bytes: number }, carried: Carried | undefined) =>
    must(count(userId, change, { from: carried?.from ?? -1, snapshot: carried?.snapshot ?? null }))
  const insert = prepare('mood_insert', columnsOf(moods, 'version'), (db, row) =>
    insertRaised(db, moods, [users, 'moodVersion'], row),
  )
  const changing = columnsOf(moods, 'userId', 'id', 'digest', 'revision', 'loggedAt', 'createdAt', 'version')
  const update = prepare('mood_update', { ...changing, ...ofRevision }, (db, values) =>
    updateOf(db, moods, {
      ...only(values, changing),
      revision: sql`${moods.revision} + 1`,
      version: raisedVersion(users, 'moodVersion', values.userId),
    })
      .where(unchanged(values))
      .returning(entry),
  )
  const remove = prepare('mood_delete', ofRevision, (db, values) =>
    db.delete(moods).where(unchanged(values)).returning({ id: moods.id }),
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

  /** What becomes of an entry by one change, but for the write that counts it. */
  const steps = {
    /** @param now epoch ms. */
    add(userId: UserId, fields: NewEntry, now: number) {
      const at = new Date(now)
      const { loggedAt = at, ...rest } = fields
      const row = { ...stored(rest, at), userId, revision: 1, loggedAt, createdAt: at, updatedAt: at }
      // Only an id of the client's can be that of something deleted.
      const free = fields.digest === null ? [] : [deletions.freeWrite(userId, row.id)]
      return {
        writes: [...free, insert.asWrite(row), ...tagWrites(row)],
        gains: gainsOf(1, row.bytes),
        change: { added: fields } as Change,
        state: { living: foundIn(row) },
      }
    },
    /**
     * Keeps the state that is replaced, too; `lighter` does not, for where there is no room for that.
     * @param now epoch ms.
     */
    replace(userId: UserId, before: FoundEntry, fields: EntryFields, now: number) {
      const { entry, revision, bytes, digest } = before
      const { id, created_at: createdAt } = entry
      const row = { ...stored(fields, createdAt), userId, id, revision, updatedAt: new Date(now) }
      const kept = revisions.keeping(userId, { id, revision }, revisedPart(entry), now)
      const lighter = {
        writes: [must(update.asWrite(row)), removalWrite(userId, id), ...tagWrites(row)] as const,
        gains: gainsOf(0, row.bytes - bytes),
        change: { removed: placedAt(before), added: fields } as Change,
        state: { living: foundIn({ ...row, digest, loggedAt: entry.logged_at, createdAt, revision: revision + 1 }) },
      }
      const gains = gainsOf(0, lighter.gains.bytes + kept.bytes)
      return { ...lighter, writes: [...lighter.writes, ...kept.writes] as const, gains, lighter }
    },
    /** @param now epoch ms. */
    remove(userId: UserId, before: FoundEntry, now: number, permanently = false) {
      const { revision, bytes } = before
      const { id } = before.entry
      const deleted = deletedOf(before)
      return {
        writes: [
          must(remove.asWrite({ userId, id, revision })),
          deletions.keepWrite(userId, permanently ? { id, revision } : deleted, now),
        ],
        gains: gainsOf(-1, permanently ? tombstoneBytes - bytes : 0),
        change: { removed: placedAt(before) } as Change,
        state: { deleted: deletions.asKept(deleted, now) },
      }
    },
    /** @param now epoch ms. */
    restore(userId: UserId, deleted: Restorable, now: number) {
      const content = deleted.content as unknown as Content
      const { id, mood, valence, note, tags, date, date_source: dateSource, on_time: onTime, timezone } = content
      const occurredAt = content.occurred_at === null ? null : new Date(content.occurred_at)
      const createdAt = new Date(content.created_at)
      const fields = { mood, valence, note, tags, day: dayOf(date), dateSource, onTime, occurredAt, timezone }
      const { digest } = deleted
      const revision = deleted.revision + 1
      const instants = { loggedAt: new Date(content.logged_at), createdAt, updatedAt: new Date(now) }
      const row = { ...stored(fields, createdAt), userId, id, digest, revision, ...instants }
      return {
        writes: [deletions.takeWrite(userId, id, deleted), insert.asWrite(row), ...tagWrites(row)],
        gains: gainsOf(1, row.bytes - deleted.bytes),
        change: { added: fields } as Change,
        state: { living: foundIn(row) },
      }
    },
    /**
     * The write that counts steps which are made together, the first of their batch; it raises the version.
     * @param carried as of `add`.
     */
    countWrite: (userId: UserId, made: readonly { gains: { moods: number; bytes: number } }[], carried?: Carried) =>
      counted(userId, sumOf(made.map(({ gains }) => gains)), carried),
  }

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
      const { writes, gains, state } = steps.add(userId, fields, now)
      const isClients = fields.digest !== null
      const written = await commit(
        [counted(userId, gains, carried), ...writes, ...alongside],
        // Nothing is known about the writes alongside, and what was deleted is looked for when the user's row is locked.
        alongside.length === 0 && !isClients ? 'independent' : undefined,
      )
      if (!written) {
        if (isClients) await deletions.refuseDeleted(userId, fields.id)
        return quotas.refuse(userId, gains)
      }
      const { entry, revision } = state.living
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
      const write = ({ gains, writes }: Pick<EntryStep, 'gains' | 'writes'>) =>
        commit([counted(userId, gains, carried), ...writes])
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
     * @param now epoch ms.
     * @param carried as of `add`.
     * @returns the new version, or undefined when it was changed or deleted.
     */
    async remove(
      commit: Commit,
      userId: UserId,
      found: FoundEntry,
      { now, permanently }: { now: number; permanently: boolean },
      carried?: Carried,
    ) {
      const { writes, gains } = steps.remove(userId, found, now, permanently)
      const earlier = await revisions.removal(userId, permanently ? [found.entry.id] : [])
      const change = gainsOf(gains.moods, gains.bytes + earlier.bytes)
      const written = await commit([counted(userId, change, carried), ...writes, ...earlier.writes])
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
      const { writes, gains, state } = steps.restore(userId, deleted, now)
      const written = await commit([counted(userId, gains, carried), ...writes])
      if (!written) return quotas.refuse(userId, gains)
      const { entry, revision } = state.living
      return { entry, version: versionOf(written[0]), revision }
    },
  }
}

/** A change of an entry among others that are made together. */
export interface EntryStep {
  writes: readonly BoundWrite<unknown>[]
  gains: { moods: number; bytes: number }
  change: Change
  /** The same without what is kept only where there is room. */
  lighter?: EntryStep
  state: { living: FoundEntry } | { deleted: Restorable }
}

const gainsOf = (moods: number, bytes: number) => ({ moods, bytes })

const sumOf = (all: readonly { moods: number; bytes: number }[]) =>
  all.reduce((sum, { moods, bytes }) => gainsOf(sum.moods + moods, sum.bytes + bytes), gainsOf(0, 0))

function versionOf(rows: readonly { version: number }[]): number {
  return (rows[0] as { version: number }).version
}
