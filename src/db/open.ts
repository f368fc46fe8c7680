import type { Database, WritableDatabase } from './database.ts'

/**
 * Opens the database that a URL names and brings its schema up to date.
 * @param url `file:<path>` for SQLite, created with its folder where missing; `postgres://...` for PostgreSQL.
 * @throws {Error} where the file cannot be opened or does not hold what it should.
 */
export async function openDatabase(url: string): Promise<WritableDatabase> {
  if (isPostgres(url)) {
    const { openPostgres } = await import('./open.postgres.ts')
    return openPostgres(url)
  }
  const { openSqlite } = await import('./open.sqlite.ts')
  return openSqlite(fileOf(url))
}

/**
 * Opens the database that a URL names for reading, and changes nothing: it must be there, sound and up to date.
 * @param url as of `openDatabase`.
 */
export async function openToRead(url: string): Promise<Pick<Database, 'query' | 'tables' | 'close'>> {
  if (isPostgres(url)) {
    const { openPostgresToRead } = await import('./open.postgres.ts')
    return openPostgresToRead(url)
  }
  const { openSqliteToRead } = await import('./open.sqlite.ts')
  return openSqliteToRead(fileOf(url))
}

export function isPostgres(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url)
}

/** The file behind a `file:` URL; relative paths are allowed (`file:./data/moodstreak.db`). */
export function fileOf(url: string): string {
  return url.slice('file:'.length)
}
