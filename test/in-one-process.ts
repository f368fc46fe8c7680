import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'

const root = resolve(import.meta.dirname, '..')

/**
 * Runs the test files of some folders one after the other in this process: starting a process for each, and building
 * its first app, takes longer than most of them. Each can still run by itself.
 */
export function runFolders(...folders: string[]) {
  runFiles(folders.flatMap(folder => filesOf(`test/${folder}/*`)).toSorted())
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

function filesOf(pattern: string): string[] {
  return globSync(`${pattern}.test.ts`, { cwd: root }).toSorted()
}

/** @param files relative to the root of the project. */
export function runFiles(files: readonly string[]) {
  if (files.length === 0) throw new Error('there is nothing to test')
  runEach(files)
}

/**
 * A file is loaded within a test, after all tests of the files before it, so that tap, which ends when there is nothing
 * left to do, does not end early.
 */
function runEach([file, ...others]: readonly string[]) {
  if (file === undefined) return
  void t.test(file, async () => {
    await import(resolve(root, file))
    runEach(others)
  })
}

// Started as a process of its own: `node test/in-one-process.ts test/routes/mood-list.test.ts ...`
if (import.meta.main) runFiles(process.argv.slice(2))
