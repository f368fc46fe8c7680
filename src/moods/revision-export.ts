import { and, asc, exists, type SQL, sql } from 'drizzle-orm'
import { eq } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import type { AnyId, UserId } from '../ids.ts'
import { inChunks } from '../streaming/in-chunks.ts'

/** States that are read at once. */
const chunkSize = 100

/** Earlier states of entries as they leave: by entry, the oldest first. */
export function revisionExport({ query, tables: { moods, revisions } }: Database) {
  const { userId, kind, id, number } = revisions

  /**
   * The user's earlier states, some at a time.
   * @param ofDeleted whether also those of entries in the trash.
   */
  return async function* rows(user: UserId, ofDeleted: boolean) {
    const chunks = inChunks(
      chunkSize,
      { id: '' as AnyId, number: 0 },
      after =>
        query(db => {
          const living = exists(
            db
              .select({ id: moods.id })
              .from(moods)
              .where(and(eq(moods.userId, userId), sql`${moods.id} = ${id}`)),
          )
          const wanted = and(
            sql`${userId} = ${user}`,
            sql`${kind} = 'mood'`,
            sql`(${id}, ${number}) > (${after.id}, ${after.number})`,
            ofDeleted ? undefined : living,
          ) as SQL
          return db
            .select({ id, number, content: revisions.content, replacedAt: revisions.replacedAt })
            .from(revisions)
            .where(wanted)
            .orderBy(asc(id), asc(number))
            .limit(chunkSize)
        }),
      ({ id, number }) => ({ id, number }),
    )
    for await (const rows of chunks)
      yield rows.map(({ id, number, content, replacedAt }) => ({
        id,
        revision: number,
        ...content,
        replaced_at: replacedAt,
      }))
  }
}
