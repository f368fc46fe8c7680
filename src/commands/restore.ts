import { readConfig } from '../config.ts'
import { fileOf, isPostgres } from '../db/open.ts'
import { replacedOf, restoreSqlite } from '../db/restore.sqlite.ts'
import { exitWith } from '../exit.ts'
import { renewEpoch } from '../sync/epoch.ts'
import { openUpgraded } from '../upgrades/open-upgraded.ts'

/**
 * `npm run db:restore -- <file>`: puts a backup in the place of the SQLite database, with a new epoch. `-- --epoch-only`
 * after the database was restored by other means: `pg_restore`, a copy of the disk.
 */

try {
  const { databaseUrl } = readConfig(process.env, true)
  const [, , file] = process.argv
  if (!file) throw new Error('usage: npm run db:restore -- <file>, or -- --epoch-only')
  if (file === '--epoch-only') {
    await renew(databaseUrl)
    console.log('Devices will sync from the beginning.')
  } else {
    if (isPostgres(databaseUrl))
      throw new Error(
        'DATABASE_URL is PostgreSQL; restore it with pg_restore, then: npm run db:restore -- --epoch-only',
      )
    const database = fileOf(databaseUrl)
    const isReplaced = await restoreSqlite(database, file, copy => renew(`file:${copy}`))
    console.log(`Restored ${file}; devices will sync from the beginning.`)
    if (isReplaced)
      console.log(`The old database is now ${replacedOf(database)}; delete it when you no longer need it.`)
  }
} catch (error) {
  exitWith(error, 'restore')
}

async function renew(url: string) {
  const database = await openUpgraded(url)
  await renewEpoch(database)
  await database.close()
}
