import { and, asc, eq, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Database } from '../db/database.ts'
import { factsOf } from '../db/described.ts'
import { keyOf } from '../db/primary-key.ts'
import { sqliteTables } from '../db/schema.sqlite.ts'
import { allTables, type Tables } from '../db/schema.ts'
import { columnsOf } from '../db/statements.ts'
import type { UserId } from '../ids.ts'
import { inPieces } from '../streaming/in-pieces.ts'

/** Columns that no list shows: the owner, who asks, and bookkeeping. */
const hidden = ['userId', 'digest', 'revision', 'bytes']

/** The lists of an export: each by its name, with the table that it is of and the columns that it leaves out. */
export const lists = allTables(sqliteTables).flatMap(([table, described]) => {
  const { exported } = factsOf(described)
  return 'as' in exported ? [{ name: exported.as, table, without: [...hidden, ...(exported.without ?? [])] }] : []
})
export type ExportedList = (typeof lists)[number]

/**
 * Rows read at once, so that an export neither blocks other requests nor fills the memory: a note has up to 10 000
 * characters, and a sequence up to 300 poses with a cue each.
 */
const chunkSize = (table: keyof Tables) => (table === 'sequences' ? 1 : 100)

/** A user's lists, some rows at a time, in the order of their keys: of creation, where that is an id. Columns have their database names. */
export function exportStore({ query, tables }: Database) {
  return {
    /**
     * The document of an account, in pieces, so that no list has to fit into memory.
     * @param head what stands before the lists.
     */
    async *document(user: UserId, head: object): AsyncGenerator<string> {
      yield JSON.stringify(head).slice(0, -1)
      for (const list of lists) {
        yield `,"${list.name}":[`
        let separator = ''
        for await (const some of rows(user, list)) {
          yield* inPieces(serialized(some), separator)
          separator = ','
        }
        yield ']'
      }
      yield '}'
    },
  }

  async function* rows(
    user: UserId,
    { table: name, without }: ExportedList,
  ): AsyncGenerator<Record<string, unknown>[]> {
    // Every table of a list has an owner, who begins its key, as this one.
    const table = tables[name] as Tables['moods']
    const shown = Object.values(columnsOf(table, ...(without as 'digest'[]))) as SQLiteColumn[]
    const columns = Object.fromEntries(shown.map(column => [column.name, column]))
    const key = keyOf(table).flatMap(([name, column]) => (name === 'userId' ? [] : [column]))
    const place = Object.fromEntries(key.map((column, i) => [`key${i}`, column]))
    const tuple = (parts: readonly unknown[]) =>
      sql`(${sql.join(
        parts.map(part => sql`${part}`),
        sql`, `,
      )})`
    const limit = chunkSize(name)
    let after: unknown[] | undefined
    for (;;) {
      const beyond = after && sql`${tuple(key)} > ${tuple(after)}`
      const rows = await query(db =>
        db
          .select({ row: columns, place })
          .from(table)
          .where(and(eq(table.userId, user), beyond))
          .orderBy(...key.map(column => asc(column)))
          .limit(limit),
      )
      if (rows.length > 0) yield rows.map(({ row }) => row)
      if (rows.length < limit) return
      const last = rows.at(-1)?.place as Record<string, unknown>
      after = key.map((_, i) => last[`key${i}`])
    }
  }
}

function* serialized(rows: readonly object[]) {
  for (const row of rows) yield JSON.stringify(row)
}
