import { readConfig } from '../config.ts'
import { distribute } from '../db/distribute.ts'
import { exitWith } from '../exit.ts'

/**
 * `npm run db:distribute`: spreads the tables over the machines of a Citus cluster, by user: all of them or none. Can be run
 * again, and then only completes what is missing.
 */

try {
  const tables = await distribute(readConfig(process.env, true).databaseUrl, console.log)
  if (tables.length === 0) console.log('All tables were already distributed.')
  else console.log(`Distributed: ${tables.join(', ')}.\nNow restart the servers that are running, one after the other.`)
} catch (error) {
  exitWith(error, 'distribute')
}
