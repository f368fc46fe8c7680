import { and, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import { type Database, must } from '../db/database.ts'
import { columnsOf, insertInto, updateOf } from '../db/statements.ts'
import { fold } from '../fold.ts'
import { distinctTidied, keyOf } from '../short-text.ts'
import { entriesAfter, raisingVersion } from './entries.ts'
import type { Upgrade } from './upgrade.ts'

/** Field case 1: the tags of entries without the space that keyboards added, and found by what they look like. */
export const tidyTags: Upgrade = {
  name: 'tidy-tags',
  steps(database: Database) {
    const { prepare, tables } = database
    const { moods, moodTags } = tables
    const raise = raisingVersion(database, 'tidy_tags_raise')
    const key = { userId: moods.userId, id: moods.id, revision: moods.revision }
    const tidy = prepare('tidy_tags', { ...key, tags: moods.tags }, (db, { userId, id, revision, tags }) =>
      updateOf(db, moods, { tags, revision: sql`${moods.revision} + 1` })
        .where(and(eq(moods.userId, userId), eq(moods.id, id), eq(moods.revision, revision)))
        .returning({ id: moods.id }),
    )
    const remove = prepare('tidy_tags_remove', { userId: moodTags.userId, id: moodTags.moodId }, (db, { userId, id }) =>
      db.delete(moodTags).where(and(eq(moodTags.userId, userId), eq(moodTags.moodId, id))),
    )
    const insert = prepare('tidy_tags_insert', columnsOf(moodTags), (db, row) => insertInto(db, moodTags, row))

    return async after => {
      const { rows, position } = await entriesAfter(database, after)
      const untidy = rows.filter(({ tags }) => tags.length > 0 && !isTidy(tags))
      const writes = untidy.flatMap(({ userId, id, revision, date, sortAt, tags: before }) => {
        const tags = distinctTidied(before)
        return [
          must(tidy.asWrite({ userId, id, revision, tags })),
          remove.asWrite({ userId, id }),
          ...tags.map(tag => insert.asWrite({ userId, tag: keyOf(tag), date, sortAt, moodId: id })),
        ]
      })
      return { writes: [...writes, ...raise(untidy)], position }
    }
  },
}

/** Whether tags are as they would be stored today, and under the keys of today. */
export function isTidy(tags: readonly string[]): boolean {
  const tidied = distinctTidied(tags)
  return tidied.length === tags.length && tags.every((tag, i) => tag === tidied[i] && fold(tag) === keyOf(tag))
}
