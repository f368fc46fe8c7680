import { and, asc, eq, gt } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Database } from '../db/database.ts'
import type { Tables } from '../db/schema.ts'
import type { AnyId, UserId } from '../ids.ts'

/**
 * The tables with a user's data and their names in the export. Hashes of secrets stay out. Tables of derived data and
 * lookups are in `omitted`.
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

/** Columns that are not exported: the owner, and internal ones. */
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

/** Rows read at once, so that an export does not block other requests. */
const chunkSize = 500

type ListTable = keyof typeof lists

/** A user's lists, row by row, in the order of creation. Columns have their database names. */
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
