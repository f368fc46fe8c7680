import { readConfig } from '../config.ts'
import { backUpSqlite } from '../db/backup.sqlite.ts'
import { manifestOf } from '../db/manifest.ts'
import { fileOf, isPostgres } from '../db/open.ts'

/**
 * Copies the configured SQLite database into a new file.
 * @param args the file.
 * @param env the variables (`process.env`).
 * @param dotenv whether `.env` in the working folder fills in what is absent.
 * @returns the message to the operator.
 * @throws {Error} with the reason of a failure.
 */
export async function backUp([file]: readonly string[], env: NodeJS.ProcessEnv, dotenv = false): Promise<string> {
  const { databaseUrl } = readConfig(env, dotenv)
  if (isPostgres(databaseUrl)) {
    throw new Error('DATABASE_URL is PostgreSQL; back it up with: pg_dump --format=custom --file=<file> <url>')
  }
  if (!file) throw new Error('usage: npm run db:backup -- <file>')
  await backUpSqlite(fileOf(databaseUrl), file)
  return `Backed up ${fileOf(databaseUrl)} to ${file}; its SHA-256 is in ${manifestOf(file)}.`
}
