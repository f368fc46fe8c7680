import { and, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { insertRaised, raisedVersion } from '../db/raised-version.ts'
import { columnsOf, only, shownBy, updateOf } from '../db/statements.ts'
import type { Values } from '../db/values.ts'
import type { DeletionStore, Removal, Restorable } from '../deletions/deletions.ts'
import { idsToBeFree, tombstoneBytes } from '../deletions/tombstones.ts'
import type { EntryId, UserId } from '../ids.ts'
import { type Change as Gains, type Quotas, totalOf } from '../quotas/quotas.ts'
import type { RevisionStore } from '../revisions/revisions.ts'
import {
  type Content,
  deletedOf,
  type EntryFields,
  type FoundEntry,
  fieldsOf,
  type NewEntry,
  placedAt,
  revisedPart,
  shownOf,
  stored,
  wireEntry,
} from './entry-row.ts'
import { entryTags } from './entry-tags.ts'
import type { Carried, Change } from './outline.ts'

const counters = ['moods', 'bytes'] as const
type EntryGains = Gains<(typeof counters)[number]>

/** What becomes of an entry by one change, but for the write that counts it: alone, or among others in one batch. */
export function entrySteps(
  database: Database,
  quotas: Quotas,
  deletions: DeletionStore<EntryId>,
  revisions: Pick<RevisionStore<EntryId>, 'keeping'>,
) {
  const { prepare, tables } = database
  const { moods, users } = tables
  const { tagWrites, removalWrite } = entryTags(database)
  const entry = wireEntry(tables)
  const shown = shownBy(moods, entry)
  const version = users.moodVersion
  const ofRevision = { userId: moods.userId, id: moods.id, revision: moods.revision }
  const unchanged = ({ userId, id, revision }: Values<typeof ofRevision>) =>
    and(eq(moods.userId, userId), eq(moods.id, id), eq(moods.revision, revision))

  /** A row as it is found when it has been written; its version is known by then only. */
  const foundIn = (row: Parameters<typeof shown>[0]): FoundEntry => {
    const { revision, dateSource, onTime, digest, bytes } = row
    return { entry: shown(row), version: 0, revision, dateSource, onTime, digest, bytes }
  }

  const count = quotas.tally('mood_count', counters, 'moodVersion', {
    values: { from: version, snapshot: users.moodHistory },
    // What was carried over from another version than the one that it meets would be wrong.
    assign: ({ from, snapshot }) => ({
      moodHistory: sql`case when ${version} = ${from} then ${snapshot} else ${users.moodHistory} end`,
    }),
  })
  const counted = (userId: UserId, gains: EntryGains, carried: Carried | undefined) =>
    must(count(userId, gains, { from: carried?.from ?? -1, snapshot: carried?.snapshot ?? null }))
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

  return {
    /** @param now epoch ms. */
    add(userId: UserId, fields: NewEntry, now: number) {
      const at = new Date(now)
      const { loggedAt = at, ...rest } = fields
      const row = { ...stored(rest, at), userId, revision: 1, loggedAt, createdAt: at, updatedAt: at }
      return {
        writes: [insert.asWrite(row), ...tagWrites(row)],
        mustBeFree: idsToBeFree(row),
        gains: { moods: 1, bytes: row.bytes },
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
        gains: { moods: 0, bytes: row.bytes - bytes },
        change: { removed: placedAt(before), added: fields } as Change,
        state: { living: foundIn({ ...row, digest, loggedAt: entry.logged_at, createdAt, revision: revision + 1 }) },
      }
      const gains = { moods: 0, bytes: lighter.gains.bytes + kept.bytes }
      return { ...lighter, writes: [...lighter.writes, ...kept.writes] as const, gains, lighter }
    },
    remove(userId: UserId, before: FoundEntry, { now, permanently }: Removal) {
      const { revision, bytes } = before
      const { id } = before.entry
      const deleted = deletedOf(before)
      return {
        writes: [
          must(remove.asWrite({ userId, id, revision })),
          deletions.keepWrite(userId, permanently ? { id, revision } : deleted, now),
        ],
        gains: { moods: -1, bytes: permanently ? tombstoneBytes - bytes : 0 },
        change: { removed: placedAt(before) } as Change,
        state: { deleted: deletions.asKept(deleted, now) },
      }
    },
    /** @param now epoch ms. */
    restore(userId: UserId, deleted: Restorable, now: number) {
      const content = deleted.content as unknown as Content
      const entry = shownOf(content, new Date(now))
      const { id, logged_at: loggedAt, created_at: createdAt, updated_at: updatedAt } = entry
      const fields = fieldsOf(entry, { dateSource: content.date_source, onTime: content.on_time })
      const { digest } = deleted
      const revision = deleted.revision + 1
      const instants = { loggedAt, createdAt, updatedAt }
      const row = { ...stored(fields, createdAt), userId, id, digest, revision, ...instants }
      return {
        writes: [deletions.takeWrite(userId, id, deleted), insert.asWrite(row), ...tagWrites(row)],
        gains: { moods: 1, bytes: row.bytes - deleted.bytes },
        change: { added: fields } as Change,
        state: { living: foundIn(row) },
      }
    },
    /**
     * The write that counts steps which are made together, the first of their batch; it raises the version.
     * @param carried the history after them, where the one before is known.
     */
    countWrite: (userId: UserId, made: readonly { gains: EntryGains }[], carried?: Carried) =>
      counted(userId, totalOf(made, counters), carried),
  }
}

/** A change of an entry among others that are made together. */
export interface EntryStep {
  writes: readonly BoundWrite<unknown>[]
  gains: EntryGains
  change: Change
  /** The same without what is kept only where there is room. */
  lighter?: EntryStep
  state: { living: FoundEntry } | { deleted: Restorable }
}
