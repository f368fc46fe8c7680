import { and, asc, eq, gt } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Database } from '../db/database.ts'
import type { Tables } from '../db/schema.ts'
import type { AnyId, UserId } from '../ids.ts'

/**
 * Which tables hold what a person has, as lists, and under which name the export has them. Hashes of secrets stay out:
 * they are not the person's, and worth guarding. What is derived from these, or says how to find them, is in `omitted`.
 */
export const lists = {
  moods: 'moods',
  tasks: 'tasks',
  poses: 'poses',
  sequences: 'sequences',
  practices: 'practices',
  sessions: 'sessions',
  personalTokens: 'tokens',
  userIdentities: 'identities',
  events: 'events',
} as const satisfies Partial<Record<keyof Tables, string>>

/** Columns that no list shows: the owner, who asks, and what only the program needs. */
const hidden = new Set([
  'userId',
  'digest',
  'revision',
  'cookieHash',
  'refreshHash',
  'replacedRefreshHash',
  'refreshedAt',
  'secretHash',
  'titleKey',
  'categoryKey',
  'tagKeys',
  'searchText',
])

/** Rows that are read at once, so that an export holds up nobody else. */
const chunkSize = 500

type ListTable = keyof typeof lists

/** Everything of one person that is a list, row by row, in the order it was made. Columns in their names in the database. */
export function exportStore({ query, tables }: Database) {
  return {
    async *rows(user: UserId, name: ListTable): AsyncGenerator<Record<string, unknown>> {
      const table = tables[name]
      const columns = shownColumns(table as never)
      let after = '' as AnyId
      for (;;) {
        const rows = (await query(db =>
          db
            .select(columns)
            .from(table)
            .where(and(eq(table.userId, user), gt(table.id, after as never)))
            .orderBy(asc(table.id))
            .limit(chunkSize),
        )) as Record<string, unknown>[]
        yield* rows
        if (rows.length < chunkSize) return
        after = rows.at(-1)?.id as AnyId
      }
    },
  }
}

function shownColumns(table: Record<string, SQLiteColumn>): Record<string, SQLiteColumn> {
  const shown = Object.entries(table).filter(
    ([key, column]) => !hidden.has(key) && 'name' in column && 'table' in column,
  )
  return Object.fromEntries(shown.map(([, column]) => [column.name, column]))
}
