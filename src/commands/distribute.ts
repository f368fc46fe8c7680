import { readConfig } from '../config.ts'
import { distribute } from '../db/distribute.ts'
import { exitWith } from '../exit.ts'

/**
 * `npm run db:distribute`: spreads the tables over the machines of a Citus cluster, by user: all of them or none. Can be run
 * again, and then only completes what is missing.
 */

try {
  const tables = await distribute(readConfig(process.env, true).databaseUrl, console.log)
  console.log(tables.length === 0 ? 'All tables were already distributed.' : `Distributed: ${tables.join(', ')}.`)
} catch (error) {
  exitWith(error, 'distribute')
}
