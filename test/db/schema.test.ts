import { join } from 'node:path'
import Client from 'better-sqlite3'
import { getTableName } from 'drizzle-orm'
import { getTableConfig } from 'drizzle-orm/sqlite-core'
import t from 'tap'
import { factsOf } from '../../src/db/described.ts'
import { openSqlite } from '../../src/db/open.sqlite.ts'
import { sqliteTables } from '../../src/db/schema.sqlite.ts'
import { allTables } from '../../src/db/schema.ts'
import { temporaryFolder } from '../helper.ts'

/** Tables that are found without knowing the user, and so are not keyed by the user's id. */
const global = allTables(sqliteTables).flatMap(([, table]) =>
  factsOf(table).owner === null ? [getTableName(table)] : [],
)

/** What recurring jobs find by time, of everybody: on a sharded engine each machine looks through its own. */
const byTime = [
  'users_by_deletion',
  'sessions_by_expiry',
  'events_by_time',
  'idempotency_keys_by_time',
  'one_time_codes_by_expiry',
  'handover_codes_by_expiry',
  'deletions_by_due_time',
  'sync_operations_by_time',
  'reminders_by_due',
]

const tables = Object.values(sqliteTables).map(table => {
  const { name, columns, primaryKeys, foreignKeys, indexes, uniqueConstraints } = getTableConfig(table)
  const key = primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary)
  return {
    name,
    columns: columns.map(column => ({ name: column.name, type: column.getSQLType(), required: column.notNull })),
    key: key.map(column => column.name),
    parents: foreignKeys.map(foreignKey => {
      const { columns, foreignColumns, foreignTable } = foreignKey.reference()
      return {
        table: getTableConfig(foreignTable).name,
        from: columns.map(column => column.name),
        to: foreignColumns.map(column => column.name),
        onDelete: foreignKey.onDelete,
      }
    }),
    indexes: indexes.map(({ config }) => ({
      name: config.name,
      unique: config.unique,
      columns: config.columns.map(column => ('name' in column ? column.name : '')),
    })),
    uniques: [...uniqueConstraints, ...columns.filter(({ isUnique }) => isUnique)],
  }
})

t.test('what a user owns is kept under the id of that user, so that it can be spread over many machines', async t => {
  for (const { name, key, parents, indexes } of tables.filter(({ name }) => !global.includes(name))) {
    const owner = name === 'users' ? 'id' : 'user_id'
    t.equal(key[0], owner, `the key of ${name}`)
    for (const index of indexes.filter(index => !byTime.includes(index.name)))
      t.equal(index.columns[0], owner, index.name)
    for (const { table, from, to } of parents) {
      t.equal(from[0], owner, `${name} refers to rows of the same user only`)
      t.equal(to[0], table === 'users' ? 'id' : 'user_id')
    }
  }
})

t.test('a table has no unique key but its primary key: that is what a conflict is named by', async t => {
  for (const { name, uniques, indexes } of tables) {
    t.strictSame(uniques, [], name)
    t.strictSame(
      indexes.filter(({ unique }) => unique),
      [],
      name,
    )
  }
})

t.test('nothing of a deleted user stays behind: what is theirs refers to them, and goes with them', async t => {
  for (const { name, parents } of tables.filter(({ name }) => name !== 'users' && !global.includes(name))) {
    t.equal(parents.length, 1, name)
    t.equal(parents[0]?.onDelete, 'cascade', name)
  }
})

t.test('the migrations make exactly the tables that the program knows', async t => {
  const file = join(temporaryFolder(t), 'moods.db')
  const database = openSqlite(file)
  t.teardown(() => database.close())
  const client = new Client(file, { readonly: true })
  t.teardown(() => client.close())
  const names = client
    .prepare(
      "select name from sqlite_schema where type = 'table' and name not like '\\_\\_%' escape '\\' order by name",
    )
    .pluck()
    .all()
  t.strictSame(names, tables.map(({ name }) => name).sort())

  for (const table of tables) {
    const columns = client.pragma(`table_info(${table.name})`) as ColumnInfo[]
    // By name: a column that was added later stands last in the file.
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
    t.strictSame(
      columns
        .map(({ name, type, notnull }) => ({ name, type: type.toLowerCase(), required: notnull === 1 }))
        .sort(byName),
      table.columns.toSorted(byName),
      table.name,
    )
    const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk)
    t.strictSame(
      key.map(({ name }) => name),
      table.key,
      `the key of ${table.name}`,
    )

    const made = client.pragma(`index_list(${table.name})`) as { name: string; origin: string }[]
    t.strictSame(
      made
        .filter(({ origin }) => origin === 'c')
        .sort(byName)
        .map(({ name }) => [name, (client.pragma(`index_info(${name})`) as ColumnInfo[]).map(column => column.name)]),
      table.indexes.toSorted(byName).map(({ name, columns }) => [name, columns]),
      `the indexes of ${table.name}`,
    )
    const references = client.pragma(`foreign_key_list(${table.name})`) as ReferenceInfo[]
    t.strictSame(
      references.map(({ table, from, to, on_delete }) => ({ table, from, to, onDelete: on_delete.toLowerCase() })),
      table.parents.flatMap(({ table, from, to, onDelete }) =>
        from.map((column, i) => ({ table, from: column, to: to[i], onDelete })),
      ),
      `what ${table.name} refers to`,
    )
  }
})

interface ColumnInfo {
  name: string
  type: string
  notnull: number
  pk: number
}

interface ReferenceInfo {
  table: string
  from: string
  to: string
  on_delete: string
}
