import { globSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Test } from 'tap'

/**
 * The few that are independent of the engine: their results are decided before a statement is sent, or after the last
 * one, and no unchecked value reaches a statement. Bad input is not among them: a value that a check misses may be
 * refused by one engine and stored by the other.
 */
const indifferent = [
  'answers',
  'compression',
  'cors',
  'known-hosts',
  'pages',
  'rate-limits',
  'same-origin',
  'session-cookie',
  'untrusted-proxy',
]

const root = resolve(import.meta.dirname, '..')
/** The two longest, which use all routes of the process, have one of their own. */
const alone = ['test/access-matrix.test.ts', 'test/every-route.test.ts']
const together = globSync('test/routes/*.test.ts', { cwd: root }).filter(
  file => !indifferent.includes(basename(file, '.test.ts')),
)
const half = Math.ceil(together.length / 2)
const all = [
  alone,
  [
    'test/failures.test.ts',
    'test/db/statement.test.ts',
    'test/docs.test.ts',
    'test/upgrades/upgrades.test.ts',
    ...together.slice(0, half),
  ],
  together.slice(half),
]

/**
 * The tests of the API and of upgrades once more, on a server; or those alone that the arguments name.
 * @param url of the server.
 * @param engine its name.
 * @param except files that are not run.
 */
export function runOnServer(t: Test, url: string, engine: string, except: readonly string[] = []): void {
  const named = process.argv.slice(2).map(name => [`test/${name}.test.ts`])
  const groups = all.map(group => group.filter(file => !except.includes(file)))
  t.jobs = 2
  for (const files of named.length > 0 ? named : groups) {
    // What is PostgreSQL's alone is in src/db, and test/db covers it.
    const env = { ...process.env, TEST_DATABASE_URL: url }
    const [first, ...others] = files.map(file => basename(file, '.test.ts'))
    void t.spawn(
      process.execPath,
      [...process.execArgv, resolve(root, 'test/in-one-process.ts'), ...files],
      { cwd: root, env },
      `${engine}: ${first}${others.length > 0 ? ` and ${others.length} others` : ''}`,
    )
  }
}
