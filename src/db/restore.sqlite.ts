import { chmodSync, copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import Client from 'better-sqlite3'
import { syncToDisk } from './backup.sqlite.ts'
import { examineSqlite } from './examine.sqlite.ts'
import { verifyManifest } from './manifest.ts'

/** Where the database lies that a backup has replaced. */
export const replacedOf = (database: string) => `${database}.replaced`

/**
 * Puts a backup in the place of a database. It takes its name only when it has been verified and prepared, in one step;
 * what it replaces is kept beside it.
 * @param backup as `db:backup` has written it.
 * @param prepare brings the copy up to date before it is used.
 * @returns whether there was a database.
 * @throws {Error} when a server has the database open, or the backup is damaged; then nothing is changed.
 */
export async function restoreSqlite(
  database: string,
  backup: string,
  prepare: (copy: string) => Promise<void>,
): Promise<boolean> {
  const draft = `${database}.restoring`
  const replaced = replacedOf(database)
  if (!existsSync(backup)) throw new Error(`no such backup: ${backup}`)
  if (existsSync(replaced)) throw new Error(`${replaced} is still there from an earlier restore; move it away first`)
  await verifyManifest(backup)
  examineSqlite(backup, true)
  const removeDraft = () => {
    for (const rest of ['', '-wal', '-shm', '-journal']) rmSync(`${draft}${rest}`, { force: true })
  }
  removeDraft()
  try {
    copyFileSync(backup, draft)
    chmodSync(draft, 0o600)
    await prepare(draft)
    syncToDisk(draft)
    const isThere = existsSync(database)
    const replace = () => {
      // Another name first, so that there is a database at every instant.
      if (isThere) linkSync(database, replaced)
      renameSync(draft, database)
    }
    if (isThere) alone(database, replace)
    else replace()
    return isThere
  } catch (error) {
    removeDraft()
    throw error
  }
}

/** Does something while nobody else has a database open. SQLite leaves WAL only when that is so. */
function alone(database: string, work: () => void) {
  const client = new Client(database)
  try {
    client.pragma('busy_timeout = 0')
    client.pragma('journal_mode = DELETE')
    client.pragma('locking_mode = EXCLUSIVE')
    client.exec('begin exclusive')
    work()
  } catch (error) {
    if (error instanceof Client.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new Error(`${database} is in use; stop the server first`)
    throw error
  } finally {
    client.close()
  }
}
