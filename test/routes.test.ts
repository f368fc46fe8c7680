import { filesOf, runFiles } from './in-one-process.ts'

/** The API on SQLite; `postgres.test.ts` is the same on PostgreSQL. */
runFiles(filesOf('test/routes/*'))
