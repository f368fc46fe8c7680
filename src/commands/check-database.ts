import { readConfig } from '../config.ts'
import { checkSqlite } from '../db/check.sqlite.ts'
import { fileOf, isPostgres, openToRead } from '../db/open.ts'
import { checkSnapshots } from '../moods/check-snapshots.ts'

/**
 * Verifies the configured database, or an SQLite file such as a backup, and changes nothing. Of PostgreSQL it verifies what
 * PostgreSQL cannot know.
 * @param args the file, if any.
 * @param env the variables (`process.env`).
 * @param say gets what was found, once all of it is right.
 * @param dotenv whether `.env` in the working folder fills in what is absent.
 * @throws {Error} with what is wrong.
 */
export async function checkDatabase(
  [file]: readonly string[],
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
  dotenv = false,
): Promise<void> {
  const url = file === undefined ? readConfig(env, dotenv).databaseUrl : `file:${file}`
  const sqlite = isPostgres(url) ? undefined : await checkSqlite(fileOf(url))
  const lines = sqlite?.lines ?? ['For integrity and indexes, use pg_amcheck.']
  // A file of an older version has no snapshots; the next start brings it up to date.
  if (sqlite?.isCurrent ?? true) lines.push(await snapshotsOf(url))
  for (const line of lines) say(line)
}

/** @throws {Error} where one is not what the entries of its user make. */
async function snapshotsOf(url: string): Promise<string> {
  const database = await openToRead(url)
  try {
    const { right, outdated, wrong } = await checkSnapshots(database)
    if (wrong.length > 0) throw new Error(`${wrong.length} users have a history that does not match their entries`)
    return `Histories derived again and compared: ${right} correct, ${outdated} outdated (not used).`
  } finally {
    await database.close()
  }
}
