import { globSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'
import { noteCosts } from './costs.ts'

const root = resolve(import.meta.dirname, '..')

/** The rules and helpers of each domain, most of them without a database. */
export function domainFiles(): string[] {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter(entry => entry.isDirectory())
  const others = ['app', 'db', 'routes']
  const names = folders.map(({ name }) => name).filter(name => !others.includes(name))
  return names.flatMap(name => filesOf(`test/${name}/*`)).toSorted()
}

/** Tests of documents, of all routes, and of the client as a package: what they reach is covered by others, and without coverage they are faster. */
export const uncounted = filesOf(
  'test/{access-matrix,architecture,client-package,client-worlds,docs,every-route,install,lint,openapi-lint,security-lines,web-build}',
)

/** Tests of PostgreSQL's side of `src/db/`. They share a server. */
export const ofPostgres = filesOf('test/{differential,db/{*.postgres,copy,distribute,pgbouncer,postgres}}')

/** The program as a process, and several of them. What they wait for is mostly a start, which keeps a core busy. */
export const servers = filesOf('test/server{,-*}')

/** The other files outside the folders of domains that tap does not start by themselves. */
export function others(): string[] {
  const settings = readFileSync(resolve(root, '.taprc'), 'utf8')
  const started = [...settings.matchAll(/^ {2}- "(test\/.+)\.test\.ts"$/gm)].flatMap(([, name = '']) => filesOf(name))
  const elsewhere = new Set([...started, ...uncounted, ...ofPostgres, ...servers])
  return filesOf('test/{,db/}*').filter(file => !elsewhere.has(file))
}

/** The test files of a pattern, without their ending, relative to the root of the project. */
export function filesOf(pattern: string): string[] {
  return globSync(`${pattern}.test.ts`, { cwd: root }).toSorted()
}

/**
 * Runs test files one after the other in this process: starting a process for each, and building its first app, takes
 * longer than most of them. Each can still run by itself.
 * @param files relative to the root of the project.
 */
export function runFiles(files: readonly string[]) {
  if (files.length === 0) throw new Error('there is nothing to test')
  const noteCost = noteCosts()
  t.teardown(() => noteCost())
  runEach(files, noteCost)
}

/**
 * A file is loaded within a test, after all tests of the files before it, so that tap, which ends when there is nothing
 * left to do, does not end early.
 */
function runEach([file, ...others]: readonly string[], begins: (file: string) => void) {
  if (file === undefined) return
  void t.test(file, async () => {
    begins(file)
    await import(resolve(root, file))
    runEach(others, begins)
  })
}

// Started as a process of its own: `node test/in-one-process.ts test/routes/mood-list.test.ts ...`
if (import.meta.main) runFiles(process.argv.slice(2))
