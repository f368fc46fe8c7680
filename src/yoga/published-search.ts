import { setImmediate as nextTurn } from 'node:timers/promises'
import { asc, type SQL, sql } from 'drizzle-orm'
import { gt } from '../db/conditions.ts'
import type { Database } from '../db/database.ts'
import type { SequenceId } from '../ids.ts'

/** Rows that are compared in one turn of the event loop: a millisecond or two, however long their texts are. */
const rowsPerTurn = 200

type Column = 'titleKey' | 'createdAt' | 'updatedAt' | 'totalSeconds'
type Match = { id: SequenceId; key: string | number | Date }

/**
 * The ids of all published sequences that match, in the order of a column and then of the ids. Parts of words have no index,
 * so every row is compared; but some at a time, and other requests are served in between.
 */
export async function searchPublished(
  { query, tables: { publishedSequences: published } }: Database,
  condition: SQL,
  column: Column,
  descending: boolean,
): Promise<SequenceId[]> {
  const matches: Match[] = []
  let after = '' as SequenceId
  let more = true
  while (more) {
    const rows = await query(db =>
      db
        .select({
          id: published.id,
          key: published[column],
          matches: sql`case when ${condition} then 1 else 0 end`.mapWith(Number),
        })
        .from(published)
        .where(gt(published.id, after))
        .orderBy(asc(published.id))
        .limit(rowsPerTurn),
    )
    for (const { id, key, matches: isMatch } of rows) if (isMatch === 1) matches.push({ id, key })
    more = rows.length === rowsPerTurn
    after = rows.at(-1)?.id ?? after
    if (more) await nextTurn()
  }
  matches.sort((a, b) => compare(a.key, b.key) || compare(a.id, b.id))
  return (descending ? matches.reverse() : matches).map(({ id }) => id)
}

/** As both engines order a column: text by its bytes. */
function compare(a: Match['key'], b: Match['key']): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  return Number(a) - Number(b)
}
