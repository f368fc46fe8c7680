import { runFolders } from './in-one-process.ts'

/** The API on SQLite; `postgres.test.ts` is the same on PostgreSQL. */
runFolders('routes')
