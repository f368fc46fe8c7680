import { readConfig } from '../config.ts'
import { backUpSqlite } from '../db/backup.sqlite.ts'
import { manifestOf } from '../db/manifest.ts'
import { fileOf, isPostgres } from '../db/open.ts'
import { exitWith } from '../exit.ts'

/** `npm run db:backup -- <file>`: a copy of the configured SQLite database, also while servers write to it. */

try {
  const { databaseUrl } = readConfig(process.env, true)
  if (isPostgres(databaseUrl)) {
    throw new Error('DATABASE_URL is PostgreSQL; back it up with: pg_dump --format=custom --file=<file> <url>')
  }
  const [, , file] = process.argv
  if (!file) throw new Error('usage: npm run db:backup -- <file>')
  await backUpSqlite(fileOf(databaseUrl), file)
  console.log(`Backed up ${fileOf(databaseUrl)} to ${file}; its SHA-256 is in ${manifestOf(file)}.`)
} catch (error) {
  exitWith(error, 'back up')
}
