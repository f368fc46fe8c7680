import { readConfig } from '../config.ts'
import { checkSqlite } from '../db/check.sqlite.ts'
import { fileOf, isPostgres } from '../db/open.ts'
import { exitWith } from '../exit.ts'

/** `npm run db:check -- [<file>]`: verifies the configured SQLite database, or a backup, and changes nothing. */

function configuredFile(): string {
  const { databaseUrl } = readConfig(process.env, true)
  if (!isPostgres(databaseUrl)) return fileOf(databaseUrl)
  throw new Error('DATABASE_URL is PostgreSQL; check it with pg_amcheck, or name an SQLite file')
}

try {
  const [, , file = configuredFile()] = process.argv
  for (const line of await checkSqlite(file)) console.log(line)
} catch (error) {
  exitWith(error, 'verify the database')
}
