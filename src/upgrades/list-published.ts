import { and, asc } from 'drizzle-orm'
import { eq, gt } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import type { SequenceId } from '../ids.ts'
import type { Upgrade } from './upgrade.ts'

/** Published sequences that one step reads. */
const stepSize = 200

/** What lists show of published sequences and their authors stands beside them; version 0.1 read it elsewhere. */
export const listPublished: Upgrade = {
  name: 'list-published',
  steps({ prepare, query, tables: { sequences, users, publishedSequences: published, publishedAuthors } }: Database) {
    const shown = {
      title: published.title,
      category: published.category,
      tags: published.tags,
      copiedFrom: published.copiedFrom,
      poseCount: published.poseCount,
      revision: published.revision,
      description: published.description,
    }
    const show = prepare('list_published', { id: published.id, ...shown }, (db, { id, ...values }) =>
      updateOf(db, published, values).where(eq(published.id, id)),
    )
    const author = prepare('list_published_author', columnsOf(publishedAuthors), (db, row) =>
      insertInto(db, publishedAuthors, row).onConflictDoNothing(),
    )

    return async after => {
      const rows = await query(db =>
        db
          .select({
            userId: sequences.userId,
            id: sequences.id,
            title: sequences.title,
            category: sequences.category,
            tags: sequences.tags,
            copiedFrom: sequences.copiedFrom,
            poseCount: sequences.poseCount,
            revision: sequences.revision,
            description: sequences.description,
            username: users.username,
            firstName: users.firstName,
            lastName: users.lastName,
          })
          .from(published)
          .innerJoin(sequences, and(eq(sequences.userId, published.userId), eq(sequences.id, published.id)))
          .innerJoin(users, eq(users.id, sequences.userId))
          .where(gt(published.id, after as SequenceId))
          .orderBy(asc(published.id))
          .limit(stepSize),
      )
      const writes = rows.flatMap(row => [show.asWrite(row), author.asWrite(row)])
      return { writes, position: rows.length < stepSize ? undefined : rows.at(-1)?.id }
    }
  },
}
