import { createHash } from 'node:crypto'
import type { UserId } from '../../src/ids.ts'

/**
 * Makes many people out of one, within the database: each gets a copy of every row of a template, so that the rows are
 * what the server writes, whatever its version. The copies lie in the file in the order of time, those of different
 * people among each other, as if all had logged day by day: a page is read from as many places as in real life.
 */

/** A connection to a database, whose statements all run on it. */
export interface Connection {
  /** @returns the rows, as arrays. */
  run(statement: string): Promise<unknown[][]>
  close(): Promise<void>
  /** What the engines say differently. */
  dialect: {
    /** The name and a column of every table, for each column. */
    columns: string
    /** Switches foreign keys off, on this connection. */
    unchecked: string
    /** The column that tells in which order rows were inserted. */
    place: string
    /** An instant as a literal. */
    instant(epochMs: number): string
  }
}

/** The n-th person of a group: the same id in every run. */
export function idOf(group: string, n: number): UserId {
  const hex = createHash('sha256').update(`${group} ${n}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}` as UserId
}

/**
 * When the sessions of copies were last used: later than any use. That a session is used is noted when the last note is
 * five minutes old, which a crowd that fills a server brings about once in hundreds of requests.
 */
const usedAt = Date.now() + 7 * 86_400_000

/**
 * Adds copies of a user, with the sessions of the original: each is found by its user and its id.
 * @param group of the copies, which names them.
 */
export async function multiply({ run, dialect }: Connection, id: string, group: string, people: number) {
  await run(dialect.unchecked)
  await run('create temporary table copies (n integer primary key, id text)')
  await run(`insert into copies values ${Array.from({ length: people }, (_, n) => `(${n}, '${idOf(group, n)}')`)}`)
  const tables = Map.groupBy((await run(dialect.columns)) as [string, string][], ([table]) => table)
  for (const [table, found] of tables) {
    const columns = found.map(([, column]) => column)
    const owner = table === 'users' ? 'id' : 'user_id'
    if (!columns.includes(owner)) continue
    const name = `'${group}-' || copies.n`
    const replaced: Record<string, string> = {
      [owner]: 'copies.id',
      ...(table === 'users' && { username: name }),
      ...(table === 'usernames' && { folded: name }),
      ...(table === 'sessions' && { last_used_at: dialect.instant(usedAt) }),
    }
    await run(`
      insert into ${table} (${columns.map(quoted)})
      select ${columns.map(column => replaced[column] ?? `one.${quoted(column)}`)}
      from ${table} as one cross join copies
      where one.${owner} = '${id}' order by one.${dialect.place}, copies.n`)
  }
  await run('drop table copies')
}

function quoted(column: string): string {
  return `"${column}"`
}
