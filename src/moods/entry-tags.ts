import { and } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import type { BoundWrite, Database } from '../db/database.ts'
import { columnsOf, insertInto } from '../db/statements.ts'
import type { Value } from '../db/values.ts'
import type { EntryId, UserId } from '../ids.ts'
import { keysOf } from './entry-row.ts'

type Tables = Database['tables']
type Row = Tables['moods']['$inferSelect']
type TagColumns = Readonly<Record<`tag${number}`, Tables['moodTags']['tag']>>
type Taggable = Pick<Row, 'userId' | 'id' | 'date' | 'sortAt' | 'tags'>

/** The tags of entries as rows of their own, by which entries are found. */
export function entryTags({ prepare, tables: { moodTags } }: Database) {
  /** Numbers of tags per statement, the largest first. */
  const insertTags = [8, 4, 2, 1].map(count => {
    const tags = Array.from({ length: count }, (_, i) => `tag${i}` as const)
    const tagColumns: TagColumns = Object.fromEntries(tags.map(name => [name, moodTags.tag]))
    const declared = Object.assign(columnsOf(moodTags, 'tag'), tagColumns)
    const write = prepare(`mood_tags_insert_${count}`, declared, (db, values) => {
      const rows = tags.map(name => ({ ...values, tag: values[name] as Value<string> }))
      return insertInto(db, moodTags, ...rows)
    })
    return { count, write }
  })
  const ofEntry = { userId: moodTags.userId, id: moodTags.moodId }
  const removeTags = prepare('mood_tags_delete', ofEntry, (db, { userId, id }) =>
    db.delete(moodTags).where(and(eq(moodTags.userId, userId), eq(moodTags.moodId, id))),
  )

  /** The writes that store the tags of an entry, as few as they can be. */
  function tagWrites({ userId, id: moodId, date, sortAt, tags }: Taggable): BoundWrite<unknown>[] {
    const left = keysOf(tags)
    const writes: BoundWrite<unknown>[] = []
    for (const { count, write } of insertTags) {
      while (left.length >= count) {
        const named = Object.fromEntries(left.splice(0, count).map((tag, i) => [`tag${i}`, tag]))
        writes.push(write.asWrite({ userId, moodId, date, sortAt, ...named }))
      }
    }
    return writes
  }

  return {
    tagWrites,
    /** The write that removes the tags of an entry. */
    removalWrite: (userId: UserId, id: EntryId) => removeTags.asWrite({ userId, id }),
  }
}
