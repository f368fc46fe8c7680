import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Client from 'better-sqlite3'
import { examineSqlite, openToRead } from './examine.sqlite.ts'
import { manifestOf, writeManifest } from './manifest.ts'

/**
 * Copies a database, while servers may write to it, into a new file with a manifest. The copy has every write that was
 * answered before. It gets its name only when it is complete, checked and on the disk.
 * @throws {Error} when a file of that name exists, or the database or its copy is damaged.
 */
export async function backUpSqlite(database: string, target: string): Promise<void> {
  const file = resolve(target)
  const draft = `${file}.partial`
  for (const taken of [file, manifestOf(file), draft]) {
    if (existsSync(taken)) throw new Error(`${taken} already exists; nothing was overwritten`)
  }
  if (!existsSync(database)) throw new Error(`no such database: ${database}`)
  closeSync(openSync(draft, 'wx', 0o600))
  try {
    await copy(database, draft)
    makeSingle(draft)
    examineSqlite(draft, true)
    syncToDisk(draft)
    await writeManifest(file, draft)
    syncToDisk(manifestOf(file))
    renameSync(draft, file)
    syncToDisk(dirname(file))
  } catch (error) {
    for (const rest of ['', '-journal', '-wal', '-shm']) rmSync(`${draft}${rest}`, { force: true })
    rmSync(manifestOf(file), { force: true })
    throw error
  }
}

/**
 * SQLite restarts a copy whenever another process has written, under load forever. Within a read transaction it sees
 * one state of the database; in WAL mode that blocks no writer.
 */
async function copy(database: string, draft: string) {
  const client = openToRead(database)
  try {
    client.exec('begin; select 1 from sqlite_schema')
    await client.backup(draft)
  } finally {
    client.close()
  }
}

/** A database in WAL mode needs two more files even for reading; a backup is one file. A start sets WAL again. */
function makeSingle(draft: string) {
  const client = new Client(draft)
  try {
    client.pragma('journal_mode = DELETE')
  } finally {
    client.close()
  }
}

/** Waits until a file, or a folder's list of files, is on the disk. */
export function syncToDisk(path: string) {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
