import Sqlite from 'better-sqlite3'
import { getTableName } from 'drizzle-orm'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import pg from 'pg'
import type { buildApp } from '../src/app.ts'
import { fileOf, isPostgres } from '../src/db/open.ts'
import { sqliteTables } from '../src/db/schema.sqlite.ts'
import { allTables } from '../src/db/schema.ts'

/** Deletes all rows of a database. */
export interface Emptier {
  /** Whether it was possible, and the tables are as they were. */
  empty(): Promise<boolean>
  close(): Promise<void>
}

const deletions = allTables(sqliteTables)
  // Its row is made by a migration.
  .filter(([name]) => name !== 'installation')
  .map(([, table]) => `delete from "${getTableName(table)}"`)
  .toReversed()
  .join(';')

/** Opens a migrated database beside the app that uses it. */
export async function emptier(url: string): Promise<Emptier> {
  return isPostgres(url) ? ofPostgres(url) : ofSqlite(fileOf(url))
}

function ofSqlite(file: string): Emptier {
  const client = new Sqlite(file)
  const version = () => client.pragma('schema_version', { simple: true })
  const before = version()
  return {
    async empty() {
      client.exec(`begin immediate; ${deletions}; commit`)
      return version() === before
    },
    async close() {
      client.close()
    },
  }
}

const schemaOfPostgres = `select (select count(*) from pg_trigger) as triggers, (select count(*) from pg_constraint) as constraints,
  (select count(*) from pg_attribute) as columns`

async function ofPostgres(connectionString: string): Promise<Emptier> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const version = async () => JSON.stringify((await client.query(schemaOfPostgres)).rows)
  const before = await version()
  return {
    async empty() {
      await client.query(deletions)
      return (await version()) === before
    },
    close: () => client.end(),
  }
}

type App = Awaited<ReturnType<typeof buildApp>>

/** What an app consists of, but for what Node changes by itself. */
const partsOf = (app: App) =>
  Object.entries(app).flatMap(([name, part]) =>
    name === 'server' || typeof part !== 'object' || part === null ? [part] : [part, ...membersOf(part)],
  )

/** Of an accessor its function: what it answers may be another object each time. */
const membersOf = (part: object): unknown[] =>
  Object.values(Object.getOwnPropertyDescriptors(part)).map(({ value, get }) => get ?? value)

/**
 * Notices what a test does to an app that cannot be undone: it closed it, let it listen, replaced one of its functions, or
 * left a request unanswered.
 * @returns whether it is as it was.
 */
export function watched(app: App): () => boolean {
  let pending = 0
  let isClosed = false
  app.addHook('onClose', async () => {
    isClosed = true
  })
  const inject = app.inject.bind(app) as (options: InjectOptions | string) => Promise<LightMyRequestResponse>
  app.inject = (async (options: InjectOptions | string) => {
    pending++
    const answer = await inject(options)
    // Of one that a test reads in chunks nobody knows when it ends.
    if (typeof options === 'string' || !options.payloadAsStream) pending--
    return answer
  }) as typeof app.inject
  const before = partsOf(app)
  return () => {
    const now = partsOf(app)
    const isSame = now.length === before.length && now.every((part, i) => part === before[i])
    return isSame && pending === 0 && !isClosed && !app.server.listening
  }
}
