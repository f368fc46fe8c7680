import { and, asc, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type Database, must } from '../db/database.ts'
import { updateOf } from '../db/statements.ts'
import { distinctTidied, tidy } from '../short-text.ts'
import { listedBy } from '../yoga/sequences.ts'
import type { Upgrade } from './upgrade.ts'

/** Sequences of all users that one step reads. */
const stepSize = 50

/** Field case 1: tags and categories of sequences without the space that keyboards added, also in the published list. */
export const tidySequences: Upgrade = {
  name: 'tidy-sequences',
  steps({ prepare, query, tables: { sequences, publishedSequences } }: Database) {
    const { tagKeys, categoryKey, searchText } = sequences
    const keys = { tagKeys, categoryKey, searchText }
    const changed = { category: sequences.category, tags: sequences.tags, ...keys }
    const key = { userId: sequences.userId, id: sequences.id, revision: sequences.revision }
    const update = prepare('tidy_sequences', { ...key, ...changed }, (db, { userId, id, revision, ...values }) =>
      updateOf(db, sequences, { ...values, revision: sql`${sequences.revision} + 1` })
        .where(and(eq(sequences.userId, userId), eq(sequences.id, id), eq(sequences.revision, revision)))
        .returning({ id: sequences.id }),
    )
    const list = prepare('tidy_sequences_published', { id: sequences.id, ...keys }, (db, { id, ...values }) =>
      updateOf(db, publishedSequences, values).where(eq(publishedSequences.id, id)),
    )

    return async after => {
      const [user = '', id = ''] = after.split(' ')
      const rows = await query(db =>
        db
          .select()
          .from(sequences)
          .where(sql`(${sequences.userId}, ${sequences.id}) > (${user}, ${id})`)
          .orderBy(asc(sequences.userId), asc(sequences.id))
          .limit(stepSize),
      )
      const writes = rows.flatMap(row => {
        const fields = { ...row, category: row.category && tidy(row.category), tags: distinctTidied(row.tags) }
        const { tagKeys, categoryKey, searchText } = listedBy(fields)
        const values = { category: fields.category, tags: fields.tags, tagKeys, categoryKey, searchText }
        const isSame = Object.entries(values).every(
          ([name, value]) => JSON.stringify(value) === JSON.stringify(row[name as keyof typeof values]),
        )
        if (isSame) return []
        return [
          must(update.asWrite({ ...values, userId: row.userId, id: row.id, revision: row.revision })),
          list.asWrite({ ...values, id: row.id }),
        ]
      })
      const last = rows.length < stepSize ? undefined : rows.at(-1)
      return { writes, position: last && `${last.userId} ${last.id}` }
    }
  },
}
