import { and, asc, inArray, type SQL, sql } from 'drizzle-orm'
import { eq, gte, lt, lte } from '../db/conditions.ts'
import { type BoundWrite, type Commit, type Database, must } from '../db/database.ts'
import { versionNames } from '../db/raised-version.ts'
import { deletionStore } from '../deletions/deletions.ts'
import { tombstoneBytes } from '../deletions/tombstones.ts'
import type { AnyId, UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import type { ImportedKind } from '../vocabulary.ts'

/** What the digest of an imported thing begins with; the rest is of the row that it was. */
export const importedDigest = 'import:'
/** The first text behind those. */
const behindImported = 'import;'

/** A thing as an import makes it; its own fields are those of its kind. */
export interface Imported {
  id: AnyId
  digest: string
}

/** A thing that an import made. */
export interface MadeThing {
  id: AnyId
  revision: number
  version: number
  bytes: number
}

/** What an import made, behind a version and an id. */
export interface MadeRange {
  after: number
  id: AnyId
  /** The version of its last batch. */
  last: number
}

/** A living thing whose content a row of one of our own files may have. */
export interface Alike {
  id: AnyId
  digest: string | null
  version: number
  content: string
}

/** How imports write things of a kind, look them up and take them back. */
export interface ThingBatches<New> extends ReturnType<typeof thingBatches> {
  /**
   * Adds things, all or none, and raises the version by one.
   * @param alongside guards and writes of the same batch.
   * @returns the version, or undefined when a guard failed: there is no room, or one of those alongside.
   * @throws {Conflict} when an id is taken.
   */
  add(
    commit: Commit,
    userId: UserId,
    things: readonly (New & Imported)[],
    alongside: readonly BoundWrite<unknown>[],
  ): Promise<number | undefined>
  /** What a thing takes of its owner's quota, in bytes. */
  bytesOf(thing: New): number
  /** Living things of the user that may have the content of some new ones. */
  alike(userId: UserId, things: readonly New[]): Promise<Alike[]>
  /** What tells a thing from others but for its id, as `alike` gives it. */
  contentOf(thing: New): string
}

/** The tables of what files are imported to, which are the names of their counters too. */
const tableOf = { mood: 'moods', task: 'tasks', practice: 'practices' } as const satisfies Record<ImportedKind, string>

/** Many things of one kind in one batch: what imports of all kinds have in common. */
export function thingBatches(database: Database, kind: ImportedKind, quotas = quotaStore(database)) {
  const { prepare, query, tables } = database
  const counted = tableOf[kind]
  // All of them have these columns.
  const things = tables[counted] as Database['tables']['moods']
  const deletions = deletionStore<AnyId>(database, kind, quotas)
  const count = quotas.tally(`${kind}_batch_count`, [counted, 'bytes'], versionNames[kind])
  const counting = (userId: UserId, rows: number, bytes: number) =>
    must(count(userId, { [counted]: rows, bytes } as Record<typeof counted | 'bytes', number>))
  const ofRevision = { userId: things.userId, id: things.id, revision: things.revision }
  const remove = prepare(`${kind}_batch_delete`, ofRevision, (db, { userId, id, revision }) =>
    db
      .delete(things)
      .where(and(eq(things.userId, userId), eq(things.id, id), eq(things.revision, revision)) as SQL)
      .returning({ id: things.id }),
  )
  const made = { id: things.id, revision: things.revision, version: things.version, bytes: things.bytes }

  return {
    kind,
    /** The counter of the kind. */
    counted,

    /** Commits a batch of new rows: the count, the guards, the rows; resolves with the version, or undefined. */
    async addRows(
      commit: Commit,
      userId: UserId,
      rows: readonly { bytes: number }[],
      alongside: readonly BoundWrite<unknown>[],
      inserts: readonly BoundWrite<unknown>[],
    ): Promise<number | undefined> {
      const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
      const written = await commit([counting(userId, rows.length, bytes), ...alongside, ...inserts])
      return (written as [{ version: number }[]] | undefined)?.[0][0]?.version
    },

    /** Which of these digests living things of the user have. */
    async withDigests(userId: UserId, digests: readonly string[]): Promise<Set<string>> {
      if (digests.length === 0) return new Set()
      const rows = await query(db =>
        db
          .select({ digest: things.digest })
          .from(things)
          .where(and(eq(things.userId, userId), inArray(things.digest, [...digests]))),
      )
      return new Set(rows.map(({ digest }) => digest as string))
    },

    /** Which of these ids living things of the user have, and which are those of deleted ones. */
    async ids(userId: UserId, ids: readonly AnyId[]): Promise<{ living: Set<AnyId>; deleted: Set<AnyId> }> {
      if (ids.length === 0) return { living: new Set(), deleted: new Set() }
      const { deletions: gone } = tables
      const [living, deleted] = await Promise.all([
        query(db =>
          db
            .select({ id: things.id })
            .from(things)
            .where(and(eq(things.userId, userId), inArray(things.id, ids as never[]))),
        ),
        query(db =>
          db
            .select({ id: gone.id })
            .from(gone)
            .where(and(eq(gone.userId, userId), eq(gone.kind, kind), inArray(gone.id, [...ids]))),
        ),
      ])
      return { living: new Set(living.map(({ id }) => id)), deleted: new Set(deleted.map(({ id }) => id)) }
    },

    /**
     * What an import made and nobody has edited since: it has the version of one of its batches and no later one; an edit
     * between two of its batches has raised the revision. In the order in which it was made, so that what is removed
     * together lies together on the disk.
     */
    madeBy: (userId: UserId, { after, id, last }: MadeRange, limit: number): Promise<MadeThing[]> =>
      query(db =>
        db
          .select(made)
          .from(things)
          .where(
            and(
              eq(things.userId, userId),
              sql`(${things.version}, ${things.id}) > (${after}, ${id})`,
              lte(things.version, last),
              eq(things.revision, 1),
              gte(things.digest, importedDigest),
              lt(things.digest, behindImported),
            ),
          )
          .orderBy(asc(things.version), asc(things.id))
          .limit(limit),
      ),

    /**
     * Deletes things for good, all or none, and raises the version by one; their ids stay taken.
     * @param now epoch ms.
     * @returns the version, or undefined (and nothing deleted) when one was changed or deleted meanwhile.
     */
    async remove(
      commit: Commit,
      userId: UserId,
      removed: readonly MadeThing[],
      now: number,
    ): Promise<number | undefined> {
      const bytes = removed.reduce((sum, thing) => sum + tombstoneBytes - thing.bytes, 0)
      const written = await commit([
        counting(userId, -removed.length, bytes),
        ...removed.flatMap(({ id, revision }) => [
          must(remove.asWrite({ userId, id: id as never, revision })),
          deletions.keepWrite(userId, { id, revision }, now),
        ]),
      ])
      return (written as [{ version: number }[]] | undefined)?.[0][0]?.version
    },
  }
}
