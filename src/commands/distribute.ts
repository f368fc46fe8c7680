import { readConfig } from '../config.ts'
import { distribute } from '../db/distribute.ts'
import { runProgram } from './run-program.ts'

/**
 * `npm run db:distribute`: spreads the tables over the machines of a Citus cluster, by user: all of them or none. Can be run
 * again, and then only completes what is missing.
 */
await runProgram('distribute', say => distribute(readConfig(process.env, true).databaseUrl, say))
