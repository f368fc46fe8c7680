import { getTableColumns, is, type SQL, sql } from 'drizzle-orm'
import { BaseSQLiteDatabase, type SQLiteColumn, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { UserId } from '../ids.ts'
import type { DeletedKind } from '../vocabulary.ts'
import { eq } from './conditions.ts'
import type { Db } from './database.ts'
import type { Tables } from './schema.ts'
import { insertInto, type NewRow } from './statements.ts'
import { bare, type Value } from './values.ts'

/** The versions of what a user has, by kind: each rises by one with every change of its kind. */
export const versionNames = {
  mood: 'moodVersion',
  task: 'taskVersion',
  practice: 'practiceVersion',
  sequence: 'sequenceVersion',
} as const satisfies Record<DeletedKind, keyof Tables['users']>
export type VersionName = (typeof versionNames)[DeletedKind]

/**
 * The version that the first write of a batch has raised, for the rows that the batch changes. That write locks the user's
 * row, so versions have no gap and are in the order of the commits.
 */
export function raisedVersion(users: Tables['users'], name: VersionName, userId: Value<UserId>): SQL {
  return sql`(select ${users[name]} from ${users} where ${users.id} = ${userId})`
}

type VersionedTable = SQLiteTable & { version: SQLiteColumn }

/**
 * An insert of a row with that version, of a user whose row the batch has raised before. On PostgreSQL a select of the
 * user's row and not of a value: Citus takes no subquery in a value, and PostgreSQL is given another form of it where the
 * batch is one statement (`joined.postgres.ts`). The user's id is that of the row, too: otherwise Citus fetches the row,
 * sends it back by COPY, and reports a taken id as an internal error. On SQLite a value, because a select could insert many
 * rows: it would note how to undo each statement, which took twice as long as the insert.
 */
export function insertRaised<T extends VersionedTable>(
  db: Db,
  table: T,
  [users, name]: readonly [Tables['users'], VersionName],
  row: Omit<NewRow<T>, 'version'> & { userId: Value<UserId> },
) {
  if (is(db, BaseSQLiteDatabase)) {
    const version = raisedVersion(users, name, row.userId)
    return insertInto(db, table, { ...row, version } as unknown as NewRow<T>)
  }
  const values: Record<string, unknown> = row
  const ofUser: Record<string, SQL> = { version: sql`${users[name]}`, userId: sql`${users.id}` }
  const fields = Object.keys(getTableColumns(table)).map((key): [string, SQL] => [
    key,
    ofUser[key] ?? bare(values[key] as Value<unknown> | SQL),
  ])
  const selected = db.select(Object.fromEntries(fields)).from(users).where(eq(users.id, row.userId))
  return db.insert(table).select(selected as never) as unknown as ReturnType<typeof insertInto<T>>
}
