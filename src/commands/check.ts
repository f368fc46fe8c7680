import { readConfig } from '../config.ts'
import { checkSqlite } from '../db/check.sqlite.ts'
import { fileOf, isPostgres, openToRead } from '../db/open.ts'
import { exitWith } from '../exit.ts'
import { checkSnapshots } from '../moods/check-snapshots.ts'

/**
 * `npm run db:check -- [<file>]`: verifies the configured database, or an SQLite file such as a backup, and changes
 * nothing. Of PostgreSQL it verifies what PostgreSQL cannot know.
 */
async function check(url: string) {
  const sqlite = isPostgres(url) ? undefined : await checkSqlite(fileOf(url))
  const lines = sqlite?.lines ?? ['For integrity and indexes use pg_amcheck.']
  // A file of an older version has no snapshots; the next start brings it up to date.
  if (sqlite?.isCurrent ?? true) lines.push(await snapshotsOf(url))
  for (const line of lines) console.log(line)
}

/** @throws {Error} where one is not what the entries of its user make. */
async function snapshotsOf(url: string): Promise<string> {
  const database = await openToRead(url)
  try {
    const { right, outdated, wrong } = await checkSnapshots(database)
    if (wrong.length > 0) throw new Error(`${wrong.length} users have a history that is not what their entries are`)
    return `Histories derived again and compared: ${right} right, ${outdated} out of date and not used.`
  } finally {
    await database.close()
  }
}

try {
  const [, , file] = process.argv
  await check(file === undefined ? readConfig(process.env, true).databaseUrl : `file:${file}`)
} catch (error) {
  exitWith(error, 'verify the database')
}
