import { and, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { type BoundWrite, type Database, must } from '../db/database.ts'
import { textFor, valueFor } from '../db/placeholder.ts'
import { ownerGuard } from './owner.ts'
import { isPublic, listedBy, type Names, type SequenceFields } from './sequences.ts'

/** A sequence as it is kept. */
export interface FoundSequence extends SequenceFields {
  userId: string
  id: string
  copiedFrom: string | null
  poseCount: number
  totalSeconds: number
  createdAt: Date
  updatedAt: Date
  author: Names
  /** Rises with every edit. */
  revision: number
}

/** The columns that a list shows of a sequence, and who made it. */
export const summaryColumns = ({ sequences, users }: Pick<Database['tables'], 'sequences' | 'users'>) => ({
  userId: sequences.userId,
  id: sequences.id,
  title: sequences.title,
  description: sequences.description,
  category: sequences.category,
  tags: sequences.tags,
  level: sequences.level,
  visibility: sequences.visibility,
  archived: sequences.archived,
  copiedFrom: sequences.copiedFrom,
  poseCount: sequences.poseCount,
  totalSeconds: sequences.totalSeconds,
  createdAt: sequences.createdAt,
  updatedAt: sequences.updatedAt,
  author: { username: users.username, firstName: users.firstName, lastName: users.lastName },
})

/**
 * One sequence at a time, reachable only together with its author's id. Whether others may read it stands in a small
 * table of its own, which is written in the same batch.
 */
export function sequenceStore(database: Database) {
  const { prepare, atomic, tables } = database
  const { sequences, publishedSequences, users } = tables
  const guard = ownerGuard(database, 'sequence_owner')
  const own = and(eq(sequences.userId, textFor('user')), eq(sequences.id, textFor('id')))

  const one = prepare('sequence_by_id', db =>
    db
      .select({ ...summaryColumns(tables), poses: sequences.poses, revision: sequences.revision })
      .from(sequences)
      .innerJoin(users, eq(users.id, sequences.userId))
      .where(own),
  )
  const author = prepare('sequence_author', db =>
    db
      .select({ userId: publishedSequences.userId })
      .from(publishedSequences)
      .where(eq(publishedSequences.id, textFor('id'))),
  )
  const insert = prepare('sequence_insert', db =>
    db.insert(sequences).values({
      userId: sql.placeholder('user'),
      id: sql.placeholder('id'),
      title: sql.placeholder('title'),
      description: sql.placeholder('description'),
      category: sql.placeholder('category'),
      tags: sql.placeholder('tags'),
      level: sql.placeholder('level'),
      visibility: sql.placeholder('visibility'),
      archived: sql.placeholder('archived'),
      copiedFrom: sql.placeholder('copiedFrom'),
      poseCount: sql.placeholder('poseCount'),
      totalSeconds: sql.placeholder('totalSeconds'),
      categoryKey: sql.placeholder('categoryKey'),
      tagKeys: sql.placeholder('tagKeys'),
      titleKey: sql.placeholder('titleKey'),
      searchText: sql.placeholder('searchText'),
      poses: sql.placeholder('poses'),
      revision: 1,
      createdAt: sql.placeholder('createdAt'),
      updatedAt: sql.placeholder('now'),
    }),
  )
  const update = prepare('sequence_update', db =>
    db
      .update(sequences)
      .set({
        title: valueFor('title', sequences.title),
        description: valueFor('description', sequences.description),
        category: valueFor('category', sequences.category),
        tags: valueFor('tags', sequences.tags),
        level: valueFor('level', sequences.level),
        visibility: valueFor('visibility', sequences.visibility),
        archived: valueFor('archived', sequences.archived),
        poseCount: valueFor('poseCount', sequences.poseCount),
        totalSeconds: valueFor('totalSeconds', sequences.totalSeconds),
        categoryKey: valueFor('categoryKey', sequences.categoryKey),
        tagKeys: valueFor('tagKeys', sequences.tagKeys),
        titleKey: valueFor('titleKey', sequences.titleKey),
        searchText: valueFor('searchText', sequences.searchText),
        poses: valueFor('poses', sequences.poses),
        revision: sql`${sequences.revision} + 1`,
        updatedAt: valueFor('now', sequences.updatedAt),
      })
      .where(and(own, eq(sequences.revision, sql.placeholder('revision'))))
      .returning({ id: sequences.id }),
  )
  const remove = prepare('sequence_delete', db =>
    db
      .delete(sequences)
      .where(and(own, eq(sequences.revision, sql.placeholder('revision'))))
      .returning({ id: sequences.id }),
  )
  const publish = prepare('sequence_publish', db =>
    db.insert(publishedSequences).values({
      id: sql.placeholder('id'),
      userId: sql.placeholder('user'),
      level: sql.placeholder('level'),
      totalSeconds: sql.placeholder('totalSeconds'),
      categoryKey: sql.placeholder('categoryKey'),
      tagKeys: sql.placeholder('tagKeys'),
      titleKey: sql.placeholder('titleKey'),
      searchText: sql.placeholder('searchText'),
      createdAt: sql.placeholder('createdAt'),
      updatedAt: sql.placeholder('now'),
    }),
  )
  const unpublish = prepare('sequence_unpublish', db =>
    db
      .delete(publishedSequences)
      .where(and(eq(publishedSequences.id, textFor('id')), eq(publishedSequences.userId, textFor('user')))),
  )
  const unpublishAll = prepare('sequence_unpublish_all', db =>
    db.delete(publishedSequences).where(eq(publishedSequences.userId, textFor('user'))),
  )

  const find = async (userId: string, id: string): Promise<FoundSequence | undefined> =>
    (await one.execute({ user: userId, id }))[0]

  return {
    /** The user's sequence, or undefined: also when it exists and is someone else's. */
    find,

    /** A sequence that everybody may read, whoever made it, or undefined. */
    async findPublished(id: string) {
      const [row] = await author.execute({ id })
      const found = row && (await find(row.userId, id))
      return found && isPublic(found) ? found : undefined
    },

    /**
     * The id of a new sequence and the writes that make it; they come to nothing when the user is gone.
     * @param now epoch ms. @param copiedFrom the id of the sequence that it is a copy of.
     */
    create(userId: string, fields: SequenceFields, now: number, copiedFrom: string | null = null, id = uuidv7()) {
      const row = { ...rowOf(userId, id, fields, new Date(now), new Date(now)), copiedFrom }
      return { id, writes: [guard(userId), insert.with(row), ...(isPublic(fields) ? [publish.with(row)] : [])] }
    },

    /**
     * Writes other fields into a sequence as it was read. @param now epoch ms.
     * @returns it as it is now, or undefined (and nothing written) when somebody has edited it since.
     */
    async replace(found: FoundSequence, fields: SequenceFields, now: number): Promise<FoundSequence | undefined> {
      const { userId, id, revision, createdAt } = found
      const row = rowOf(userId, id, fields, createdAt, new Date(now))
      const written = await atomic([
        must(update.with({ ...row, revision })),
        unpublish.with(row),
        ...(isPublic(fields) ? [publish.with(row)] : []),
      ])
      const { poseCount, totalSeconds } = row
      return written && { ...found, ...fields, poseCount, totalSeconds, updatedAt: row.now, revision: revision + 1 }
    },

    /** Deletes a sequence as it was read, if nobody has edited it since. @returns whether it did. */
    async remove({ userId, id, revision }: FoundSequence) {
      const key = { user: userId, id }
      return (await atomic([must(remove.with({ ...key, revision })), unpublish.with(key)])) !== undefined
    },

    /** The write that takes all of a user's sequences out of everybody's sight, for when the account is deleted. */
    unpublishAll: (userId: string): BoundWrite<unknown> => unpublishAll.with({ user: userId }),
  }

  function rowOf(userId: string, id: string, fields: SequenceFields, createdAt: Date, now: Date) {
    return { ...fields, ...listedBy(fields), poseCount: fields.poses.length, user: userId, id, createdAt, now }
  }
}
