import t from 'tap'
import { startPostgres } from './postgres-server.ts'
import { runOnServer } from './server-leg.ts'

/**
 * The second leg: the tests of the API and of upgrades once more, on a real PostgreSQL server; or those alone that the
 * arguments name: `node test/postgres.test.ts routes/mood-list`.
 */
runOnServer(t, await startPostgres(t), 'PostgreSQL')
