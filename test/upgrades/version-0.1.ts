import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import Client from 'better-sqlite3'
import { drizzle as sqliteDrizzle } from 'drizzle-orm/better-sqlite3'
import { migrate as migrateSqlite } from 'drizzle-orm/better-sqlite3/migrator'
import { drizzle as postgresDrizzle } from 'drizzle-orm/node-postgres'
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import type { Test } from 'tap'
import { temporaryFolder } from '../helper.ts'

/** The migrations that version 0.1.0 came with. */
const released = 2

/** An entry as version 0.1.0 stored it; instants are RFC 3339. */
export interface OldEntry {
  user?: string
  id: string
  date: string
  source?: string
  occurredAt: string
  createdAt?: string
  timezone?: string
  tags?: string[]
  /** As version 0.1.0 folded them. */
  keys?: string[]
}

/**
 * Makes a database as version 0.1.0 left it, with its tables and its rows, on the engine of the test's leg.
 * @returns its URL.
 */
export async function databaseOfVersion01(t: Test, entries: readonly OldEntry[], sequences: readonly string[][] = []) {
  const server = process.env.TEST_DATABASE_URL
  const { url, run, instant } = server ? await onPostgres(t, server) : onSqlite(t)
  const now = instant('2026-03-01T00:00:00Z')
  const users = [...new Set(entries.map(({ user = 'maya' }) => user))]
  for (const user of users) {
    await run(
      'insert into users (id, username, role, day_starts_at, mood_min, mood_max, mood_version, created_at, updated_at) values',
      [[user, user, 'member', user === 'owl' ? 4 : 0, 0, 10, 7, now, now]],
    )
  }
  for (const { user = 'maya', tags = [], keys = [], ...entry } of entries) {
    const { id, date, source = 'date', occurredAt, createdAt = occurredAt, timezone = 'UTC' } = entry
    const at = instant(occurredAt)
    await run(
      'insert into moods (user_id, id, date, date_source, occurred_at, timezone, mood, tags, revision, created_at, updated_at) values',
      [[user, id, date, source, at, timezone, '5', JSON.stringify(tags), 1, instant(createdAt), instant(createdAt)]],
    )
    for (const key of keys) {
      await run('insert into mood_tags (user_id, tag, date, occurred_at, mood_id) values', [[user, key, date, at, id]])
    }
  }
  for (const [i, tags] of sequences.entries()) {
    const derived = [`\n${tags.map(tag => `${tag}\n`).join('')}`, 'calm ', `flow ${i}`, 'flow calm', now, now, 0]
    const names = 'total_seconds, tag_keys, category_key, title_key, search_text, created_at, updated_at'
    const [keys, category, ...more] = derived
    const listed = [0, keys, category, ...more.slice(0, 4)]
    await run(
      `insert into sequences (user_id, id, title, category, tags, visibility, archived, pose_count, revision, poses, ${names}) values`,
      [
        [
          users[0],
          `${i}`,
          `flow ${i}`,
          'Calm ',
          JSON.stringify(tags),
          'published',
          server ? false : 0,
          0,
          1,
          '[]',
          ...listed,
        ],
      ],
    )
    await run(`insert into published_sequences (id, user_id, ${names}) values`, [[`${i}`, users[0], ...listed]])
  }
  return url
}

type Run = (statement: string, rows: unknown[][]) => Promise<unknown>

function onSqlite(t: Test) {
  const file = join(temporaryFolder(t), 'old.db')
  const client = new Client(file)
  client.pragma('journal_mode = WAL')
  migrateSqlite(sqliteDrizzle(client), { migrationsFolder: migrationsOf(t, 'sqlite') })
  t.teardown(() => client.close())
  const run: Run = async (statement, rows) => {
    for (const row of rows) client.prepare(`${statement} (${row.map(() => '?').join()})`).run(...row)
  }
  return { url: `file:${file}`, run, instant: (text: string): unknown => Date.parse(text) }
}

async function onPostgres(t: Test, server: string) {
  const { postgresDatabase } = await import('../postgres-server.ts')
  const url = await postgresDatabase(t, server)
  const pool = new pg.Pool({ connectionString: url })
  // `end()` does not wait for the sockets, and the database is then dropped under them.
  pool.on('error', () => {})
  await pool.query('drop schema public cascade; drop schema if exists drizzle cascade; create schema public')
  await migratePostgres(postgresDrizzle(pool), { migrationsFolder: migrationsOf(t, 'postgres') })
  t.teardown(() => pool.end())
  const run: Run = async (statement, rows) => {
    for (const row of rows) await pool.query(`${statement} (${row.map((_, i) => `$${i + 1}`).join()})`, row)
  }
  return { url, run, instant: (text: string): unknown => text }
}

function migrationsOf(t: Test, engine: string): string {
  const folder = join(temporaryFolder(t), engine)
  cpSync(resolve(import.meta.dirname, '../../migrations', engine), folder, { recursive: true })
  const file = join(folder, 'meta', '_journal.json')
  const journal = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, released) }))
  return folder
}
