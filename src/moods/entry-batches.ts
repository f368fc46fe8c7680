import { and, asc, inArray, type SQL, sql } from 'drizzle-orm'
import { eq, gte, lt } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must } from '../db/database.ts'
import { insertRaised } from '../db/raised-version.ts'
import { columnsOf } from '../db/statements.ts'
import { deletionStore } from '../deletions/deletions.ts'
import { tombstoneBytes } from '../deletions/tombstones.ts'
import type { EntryId, UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { type EntryFields, stored } from './entry-row.ts'
import { entryTags } from './entry-tags.ts'

/** What the digest of an imported entry begins with; the rest is of the row that it was. */
export const importedDigest = 'import:'
/** The first text behind those. */
const behindImported = 'import;'

/** An entry as an import makes it. */
export interface ImportedEntry extends EntryFields {
  id: EntryId
  digest: string
  loggedAt: Date
  createdAt: Date
  updatedAt: Date
}

/** An entry that an import made. */
export interface MadeEntry {
  id: EntryId
  digest: string | null
  revision: number
  version: number
  bytes: number
}

export type EntryBatches = ReturnType<typeof entryBatches>

/** Many entries in one batch: what imports write, look up and take back. */
export function entryBatches(database: Database, quotas = quotaStore(database)) {
  const { prepare, query, tables } = database
  const { moods, users } = tables
  const { tagWrites } = entryTags(database)
  const deletions = deletionStore<EntryId>(database, 'mood', quotas)
  const count = quotas.tally('mood_batch_count', ['moods', 'bytes'], 'moodVersion')
  const insert = prepare('mood_batch_insert', columnsOf(moods, 'version'), (db, row) =>
    insertRaised(db, moods, [users, 'moodVersion'], row),
  )
  const ofRevision = { userId: moods.userId, id: moods.id, revision: moods.revision }
  const remove = prepare('mood_batch_delete', ofRevision, (db, { userId, id, revision }) =>
    db
      .delete(moods)
      .where(and(eq(moods.userId, userId), eq(moods.id, id), eq(moods.revision, revision)) as SQL)
      .returning({ id: moods.id }),
  )

  return {
    /**
     * Adds entries, all or none, and raises the version by one.
     * @param alongside guards and writes of the same batch.
     * @returns the version, or undefined when a guard failed: there is no room, or one of those alongside.
     * @throws {Conflict} when an id is taken.
     */
    async add(
      commit: Commit,
      userId: UserId,
      entries: readonly ImportedEntry[],
      alongside: readonly BoundWrite<unknown>[],
    ) {
      const rows = entries.map(entry => {
        return { ...stored(entry, entry.createdAt), userId, revision: 1 }
      })
      const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
      const written = await commit([
        must(count(userId, { moods: rows.length, bytes })),
        ...alongside,
        ...rows.flatMap(row => [insert.asWrite(row), ...tagWrites(row)]),
      ])
      return (written as [{ version: number }[]] | undefined)?.[0][0]?.version
    },

    /** What an entry takes of its owner's quota, in bytes. */
    bytesOf: (entry: ImportedEntry) => stored(entry, entry.createdAt).bytes,

    /** Which of these digests living entries of the user have. */
    async withDigests(userId: UserId, digests: readonly string[]): Promise<Set<string>> {
      if (digests.length === 0) return new Set()
      const rows = await query(db =>
        db
          .select({ digest: moods.digest })
          .from(moods)
          .where(and(eq(moods.userId, userId), inArray(moods.digest, [...digests]))),
      )
      return new Set(rows.map(({ digest }) => digest as string))
    },

    /** Which of these ids living entries of the user have, and which are those of deleted ones. */
    async ids(userId: UserId, ids: readonly EntryId[]): Promise<{ living: Set<EntryId>; deleted: Set<EntryId> }> {
      if (ids.length === 0) return { living: new Set(), deleted: new Set() }
      const { deletions: gone } = tables
      const [living, deleted] = await Promise.all([
        query(db =>
          db
            .select({ id: moods.id })
            .from(moods)
            .where(and(eq(moods.userId, userId), inArray(moods.id, [...ids]))),
        ),
        query(db =>
          db
            .select({ id: gone.id })
            .from(gone)
            .where(and(eq(gone.userId, userId), eq(gone.kind, 'mood'), inArray(gone.id, [...ids]))),
        ),
      ])
      return { living: new Set(living.map(({ id }) => id)), deleted: new Set(deleted.map(({ id }) => id as EntryId)) }
    },

    /** The content of the user's entries on some days. */
    onDays: (userId: UserId, dates: readonly string[]) =>
      query(db =>
        db
          .select({
            id: moods.id,
            digest: moods.digest,
            version: moods.version,
            date: moods.date,
            occurredAt: moods.occurredAt,
            mood: moods.mood,
            note: moods.note,
            tags: moods.tags,
          })
          .from(moods)
          .where(and(eq(moods.userId, userId), inArray(moods.date, [...dates])))
          .orderBy(asc(moods.date), asc(moods.sortAt), asc(moods.id)),
      ),

    /**
     * The user's imported entries in the order of their digests.
     * @param after the last digest and id of those before.
     */
    imported: (userId: UserId, after: { digest: string; id: EntryId }, limit: number): Promise<MadeEntry[]> =>
      query(db =>
        db
          .select({
            id: moods.id,
            digest: moods.digest,
            revision: moods.revision,
            version: moods.version,
            bytes: moods.bytes,
          })
          .from(moods)
          .where(
            and(
              eq(moods.userId, userId),
              gte(moods.digest, importedDigest),
              lt(moods.digest, behindImported),
              sql`(${moods.digest}, ${moods.id}) > (${after.digest}, ${after.id})`,
            ),
          )
          .orderBy(asc(moods.digest), asc(moods.id))
          .limit(limit),
      ),

    /**
     * Deletes entries for good, all or none, and raises the version by one; their ids stay taken.
     * @param now epoch ms.
     * @returns the version, or undefined (and nothing deleted) when one was changed or deleted meanwhile.
     */
    async remove(commit: Commit, userId: UserId, entries: readonly MadeEntry[], now: number) {
      const bytes = entries.reduce((sum, entry) => sum + tombstoneBytes - entry.bytes, 0)
      const written = await commit([
        must(count(userId, { moods: -entries.length, bytes })),
        ...entries.flatMap(({ id, revision }) => [
          must(remove.asWrite({ userId, id, revision })),
          deletions.keepWrite(userId, { id, revision }, now),
        ]),
      ])
      return (written as [{ version: number }[]] | undefined)?.[0][0]?.version
    },
  }
}
