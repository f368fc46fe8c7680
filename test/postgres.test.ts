import { globSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import t from 'tap'
import { startPostgres } from './postgres-server.ts'

/** The second leg: every test of the API once more, on a real PostgreSQL server. */

const root = resolve(import.meta.dirname, '..')
const files = ['test/failures.test.ts', 'test/docs.test.ts', ...globSync('test/routes/*.test.ts', { cwd: root })]
const TEST_DATABASE_URL = await startPostgres(t)

t.jobs = 2
// The files watch their own time.
t.setTimeout(300_000)
for (const file of files) {
  const env = { ...process.env, TEST_DATABASE_URL }
  void t.spawn(
    process.execPath,
    [...process.execArgv, resolve(root, file)],
    { cwd: root, env },
    `PostgreSQL: ${basename(file)}`,
  )
}
