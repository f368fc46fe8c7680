import { and, type SQL, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type Commit, type Database, must } from '../db/database.ts'
import { insertRaised, raisedVersion } from '../db/raised-version.ts'
import { columnsOf, insertInto, only, updateOf } from '../db/statements.ts'
import type { Values } from '../db/values.ts'
import { deletionStore } from '../deletions/deletions.ts'
import { tombstoneBytes } from '../deletions/tombstones.ts'
import { newId, type SequenceId, type UserId } from '../ids.ts'
import { quotaStore } from '../quotas/quotas.ts'
import { rowBytes } from '../quotas/row-bytes.ts'
import { isPublic, listedBy, type Names, type SequenceFields, type SequenceRow } from './sequences.ts'

/** A stored sequence, without the columns that lists are filtered and sorted by. */
export interface FoundSequence
  extends Omit<SequenceRow, 'categoryKey' | 'tagKeys' | 'titleKey' | 'searchText' | 'version'> {
  author: Names
}

/** What lists show of a sequence, in either table: both have the columns for that. */
export const shownOf = (table: Database['tables']['sequences'] | Database['tables']['publishedSequences']) => ({
  userId: table.userId,
  id: table.id,
  title: table.title,
  description: table.description,
  category: table.category,
  tags: table.tags,
  level: table.level,
  copiedFrom: table.copiedFrom,
  poseCount: table.poseCount,
  totalSeconds: table.totalSeconds,
  revision: table.revision,
  createdAt: table.createdAt,
  updatedAt: table.updatedAt,
})

/** The columns of a sequence that lists show, and its author. */
export const summaryColumns = ({ sequences, users }: Pick<Database['tables'], 'sequences' | 'users'>) => ({
  ...shownOf(sequences),
  visibility: sequences.visibility,
  archived: sequences.archived,
  author: { username: users.username, firstName: users.firstName, lastName: users.lastName },
})

/**
 * One sequence at a time, reachable only together with its author's id. Published sequences are also in a table of their
 * own, written in the same batch, and their authors in another: lists of them read nothing else.
 */
export function sequenceStore(database: Database, quotas = quotaStore(database)) {
  const { prepare, tables } = database
  const { sequences, publishedSequences, publishedAuthors, users } = tables
  const count = quotas.tally('sequence_count', ['sequences', 'published', 'bytes'], 'sequenceVersion')
  const deletions = deletionStore<SequenceId>(database, 'sequence', quotas)
  const key = { userId: sequences.userId, id: sequences.id }
  const own = ({ userId, id }: Values<typeof key>) => and(eq(sequences.userId, userId), eq(sequences.id, id)) as SQL
  const ofRevision = { ...key, revision: sequences.revision }
  const unchanged = (values: Values<typeof ofRevision>) => and(own(values), eq(sequences.revision, values.revision))

  const one = prepare('sequence_by_id', key, (db, values) =>
    db
      .select({ ...summaryColumns(tables), poses: sequences.poses, bytes: sequences.bytes })
      .from(sequences)
      .innerJoin(users, eq(users.id, sequences.userId))
      .where(own(values)),
  )
  const ownerOf = prepare('sequence_author', { id: publishedSequences.id }, (db, { id }) =>
    db.select({ userId: publishedSequences.userId }).from(publishedSequences).where(eq(publishedSequences.id, id)),
  )
  const insert = prepare('sequence_insert', columnsOf(sequences, 'version'), (db, row) =>
    insertRaised(db, sequences, [users, 'sequenceVersion'], row),
  )
  const changing = columnsOf(sequences, 'userId', 'id', 'copiedFrom', 'revision', 'createdAt', 'version')
  const update = prepare('sequence_update', { ...changing, ...ofRevision }, (db, values) =>
    updateOf(db, sequences, {
      ...only(values, changing),
      revision: sql`${sequences.revision} + 1`,
      version: raisedVersion(users, 'sequenceVersion', values.userId),
    })
      .where(unchanged(values))
      .returning({ id: sequences.id }),
  )
  const remove = prepare('sequence_delete', ofRevision, (db, values) =>
    db.delete(sequences).where(unchanged(values)).returning({ id: sequences.id }),
  )
  const publish = prepare('sequence_publish', columnsOf(publishedSequences), (db, row) =>
    insertInto(db, publishedSequences, row),
  )
  /** After the write that counts, which holds the user's row: so no new name can come between the two. */
  const author = prepare('sequence_author_known', { userId: users.id }, (db, { userId }) =>
    db
      .insert(publishedAuthors)
      .select(
        db
          .select({
            userId: users.id,
            username: users.username,
            firstName: users.firstName,
            lastName: users.lastName,
          })
          .from(users)
          .where(eq(users.id, userId)),
      )
      .onConflictDoNothing(),
  )
  const published = { userId: publishedSequences.userId, id: publishedSequences.id }
  const unpublish = prepare('sequence_unpublish', published, (db, { userId, id }) =>
    db.delete(publishedSequences).where(and(eq(publishedSequences.id, id), eq(publishedSequences.userId, userId))),
  )
  const find = async (userId: UserId, id: SequenceId): Promise<FoundSequence | undefined> =>
    (await one.execute({ userId, id }))[0]

  /** The writes that list a sequence for everybody, if it is public. */
  const publishing = (row: Omit<SequenceRow, 'version'>) =>
    isPublic(row) ? [author.asWrite({ userId: row.userId }), publish.asWrite(row)] : []

  return {
    /** The user's sequence; undefined also when it belongs to someone else. */
    find,

    /** A published sequence of any author, or undefined. */
    async findPublished(id: SequenceId) {
      const [row] = await ownerOf.execute({ id })
      const found = row && (await find(row.userId, id))
      return found && isPublic(found) ? found : undefined
    },

    /**
     * The id of a new sequence and the writes that create it; they do nothing when the user is gone or has no room.
     * `refuse` throws `limit_reached` when they did nothing for that reason.
     * @param now epoch ms.
     * @param copiedFrom the id of the sequence that it is a copy of.
     */
    create(
      userId: UserId,
      fields: SequenceFields,
      now: number,
      copiedFrom: SequenceId | null = null,
      id = newId<SequenceId>(),
    ) {
      const at = new Date(now)
      const row = {
        ...stored(fields),
        userId,
        id,
        copiedFrom,
        revision: 1,
        createdAt: at,
        updatedAt: at,
      }
      const change = { sequences: 1, published: Number(isPublic(fields)), bytes: row.bytes }
      const writes = [must(count(userId, change)), insert.asWrite(row), ...publishing(row)]
      return { id, writes, refuse: () => quotas.refuse(userId, change) }
    },

    /**
     * Changes a sequence that is still as it was read.
     * @param now epoch ms.
     * @returns the new state, or undefined (and nothing written) when it was edited since.
     * @throws {ApiError} `limit_reached`.
     */
    async replace(
      commit: Commit,
      found: FoundSequence,
      fields: SequenceFields,
      now: number,
    ): Promise<FoundSequence | undefined> {
      const { userId, id, revision } = found
      const row = { ...found, ...stored(fields), updatedAt: new Date(now) }
      const published = Number(isPublic(fields)) - Number(isPublic(found))
      const change = { sequences: 0, published, bytes: row.bytes - found.bytes }
      const written = await commit([
        must(count(userId, change)),
        must(update.asWrite(row)),
        unpublish.asWrite({ userId, id }),
        ...publishing({ ...row, revision: revision + 1 }),
      ])
      return written ? { ...row, revision: revision + 1 } : quotas.refuse(userId, change)
    },

    /**
     * Deletes a sequence that is still as it was read, for good.
     * @param now epoch ms.
     * @returns whether it did.
     */
    async remove(commit: Commit, found: FoundSequence, now: number) {
      const { userId, id, revision, bytes } = found
      const change = { sequences: -1, published: -Number(isPublic(found)), bytes: tombstoneBytes - bytes }
      const writes = [
        must(count(userId, change)),
        must(remove.asWrite({ userId, id, revision })),
        unpublish.asWrite({ userId, id }),
        deletions.keepWrite(userId, { id, revision }, now),
      ]
      return (await commit(writes)) !== undefined
    },
  }
}

/** The columns that hold what its author says of a sequence, and those that are derived from them. */
function stored(fields: SequenceFields) {
  const listed = listedBy(fields)
  const { title, description, poses } = fields
  const texts = [title, description, listed.searchText]
  const bytes = rowBytes(...texts, JSON.stringify(poses)) + (isPublic(fields) ? rowBytes(...texts) : 0)
  return { ...fields, ...listed, poseCount: poses.length, bytes }
}
