import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Client from 'better-sqlite3'
import { examineSqlite, openToRead } from './examine.sqlite.ts'
import { manifestOf, writeManifest } from './manifest.ts'

/**
 * Copies a database, which servers may be writing to meanwhile, into a new file with a manifest. The copy has every write
 * that was answered before. It gets its name only when it is whole, checked and on the disk.
 * @throws {Error} when a file of that name is there, or the database or its copy is not in order.
 */
export async function backUpSqlite(database: string, target: string): Promise<void> {
  const file = resolve(target)
  const draft = `${file}.partial`
  for (const taken of [file, manifestOf(file), draft]) {
    if (existsSync(taken)) throw new Error(`${taken} is there already, and nothing is overwritten`)
  }
  if (!existsSync(database)) throw new Error(`there is no database ${database}`)
  closeSync(openSync(draft, 'wx', 0o600))
  try {
    await copy(database, draft)
    makeSingle(draft)
    examineSqlite(draft, true)
    sync(draft)
    await writeManifest(file, draft)
    sync(manifestOf(file))
    renameSync(draft, file)
    sync(dirname(file))
  } catch (error) {
    for (const rest of ['', '-journal', '-wal', '-shm']) rmSync(`${draft}${rest}`, { force: true })
    rmSync(manifestOf(file), { force: true })
    throw error
  }
}

/**
 * SQLite begins a copy anew whenever another process has written, under load for ever. Within a read transaction it sees
 * one state of the database to the end; in WAL mode that holds up no writer.
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

/** A database in WAL mode wants two files beside it even to be read; a backup is one file. A start makes it WAL again. */
function makeSingle(draft: string) {
  const client = new Client(draft)
  try {
    client.pragma('journal_mode = DELETE')
  } finally {
    client.close()
  }
}

/** Waits until a file, or what a folder lists, is on the disk. */
function sync(path: string) {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
