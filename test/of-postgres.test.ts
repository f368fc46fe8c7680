import { ofPostgres, runFiles } from './in-one-process.ts'

/** PostgreSQL's side of `src/db/`; `postgres.test.ts` is the API on PostgreSQL. */
runFiles(ofPostgres)
