import { globSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import t from 'tap'
import { startPostgres } from './postgres-server.ts'
import { uncovered } from './uncovered.ts'

/**
 * The second leg: the tests of the API once more, on a real PostgreSQL server; or those alone that the arguments name:
 * `node test/postgres.test.ts routes/mood-list`.
 */

/**
 * The few that do without: all that they promise is decided before a statement is sent, or after the last one, and no
 * value of a client reaches a statement that was not checked elsewhere. Bad input is not among them: what a check lets
 * through by mistake, one engine refuses and the other keeps.
 */
const indifferent = ['answers', 'cors', 'pages', 'rate-limits', 'same-origin', 'session-cookie']

const root = resolve(import.meta.dirname, '..')
const named = process.argv.slice(2).map(name => `test/${name}.test.ts`)
const routes = globSync('test/routes/*.test.ts', { cwd: root }).filter(
  file => !indifferent.includes(basename(file, '.test.ts')),
)
const all = ['test/failures.test.ts', 'test/docs.test.ts', ...routes]
const files = named.length > 0 ? named : all
const TEST_DATABASE_URL = await startPostgres(t)

t.jobs = 2
// The files watch their own time, as patiently without tap as .taprc has it.
t.setTimeout(900_000)
for (const file of files) {
  // What is PostgreSQL's alone is in src/db, and test/db covers it.
  const env = { TAP_TIMEOUT: '120', ...process.env, ...uncovered, TEST_DATABASE_URL }
  void t.spawn(
    process.execPath,
    [...process.execArgv, resolve(root, file)],
    { cwd: root, env },
    `PostgreSQL: ${basename(file)}`,
  )
}
