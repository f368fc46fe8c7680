import { type ForkOptions, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fdatasyncSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import Client from 'better-sqlite3'
import { stepSize } from '../step-size.ts'
import type { Wiping } from './database.ts'
import { flag, unflag, unwiped } from './flags.sqlite.ts'
import { remains } from './unallocated.sqlite.ts'

export interface WipeOptions {
  /** How long to wait for readers, such as a backup, that keep the log from being emptied. */
  maxWaitMs?: number
  /** Larger files are refused: the number of an overflow page could be taken for the kind of a b-tree page. */
  maxPages?: number
}

/** How long one attempt to empty the log may block writers. */
const attemptMs = 20
const pauseMs = 50
/** Pages of a step, during which no one else can write. */
const stepOfPages = { min: 8, max: 512, targetMs: 20 }
/** Bytes read at once in the search for remains. */
const scanChunk = 1024 * 1024
/**
 * Overwrites what deleted and moved rows have left in a SQLite file, and empties its log, while others read and write.
 * `secure_delete` overwrites what is deleted, but not the copies that are left where a page's rows were moved to another
 * page. Those lie between the cells of b-tree pages, in bytes that no row uses; they are overwritten in place, a few pages
 * at a time, under the write lock (docs/decisions/leaving-leaves-nothing.md).
 *
 * Only for a process of its own: closing a file drops all locks that its process holds on it, SQLite's among them.
 */
export async function wipeFile(
  path: string,
  { maxWaitMs = 10_000, maxPages = 2 ** 25 }: WipeOptions = {},
): Promise<Wiping> {
  const client = new Client(path, { fileMustExist: true })
  const file = openSync(path, 'r+')
  try {
    client.pragma('busy_timeout = 5000')
    client.transaction(() => flag(client, unwiped)).immediate()
    // The search would miss what is only in the log.
    if (!(await emptiesLog(client, maxWaitMs))) return { pages: 0, complete: false }
    const pageSize = client.pragma('page_size', { simple: true }) as number
    if (fstatSync(file).size / pageSize > maxPages) return { pages: 0, complete: false }
    const found = pagesWithRemains(file, pageSize)
    const wiped = await wipePages({ client, file, path, pageSize }, found, maxWaitMs)
    const complete = wiped && (await emptiesLog(client, maxWaitMs))
    if (complete) client.transaction(() => unflag(client, unwiped)).immediate()
    return { pages: found.length, complete }
  } finally {
    client.close()
    closeSync(file)
  }
}

/**
 * Moves the log into the file and truncates it, waiting for readers.
 * @returns whether it is empty.
 */
async function emptiesLog(client: Client.Database, maxWaitMs: number): Promise<boolean> {
  // Truncating alone would keep writers out for as long as all of the log takes to move.
  client.pragma('wal_checkpoint(PASSIVE)')
  client.pragma(`busy_timeout = ${attemptMs}`)
  let empty = isEmptied(client)
  for (let waited = 0; !empty && waited < maxWaitMs; waited += attemptMs + pauseMs) {
    await sleep(pauseMs)
    empty = isEmptied(client)
  }
  client.pragma('busy_timeout = 5000')
  return empty
}

function isEmptied(client: Client.Database): boolean {
  const [result] = client.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }]
  return result.busy === 0
}

/** The numbers, from 1, of the pages that have remains; except the first, which holds the schema and no user data. */
function pagesWithRemains(file: number, pageSize: number): number[] {
  const found: number[] = []
  const chunk = Buffer.alloc(scanChunk)
  let position = 0
  let size: number
  do {
    size = readSync(file, chunk, 0, scanChunk, position)
    for (let at = 0; at + pageSize <= size; at += pageSize) {
      const number = (position + at) / pageSize + 1
      if (number > 1 && remains(chunk.subarray(at, at + pageSize)).length > 0) found.push(number)
    }
    position += size
  } while (size === scanChunk)
  return found
}

/** A file being wiped: its connection, and its direct handle. */
export interface OpenFile {
  client: Client.Database
  file: number
  path: string
  pageSize: number
}

/**
 * Wipes pages, a few at a time.
 * @returns false where pages stayed in the log, which readers kept from being emptied.
 */
export async function wipePages(open: OpenFile, found: readonly number[], maxWaitMs: number): Promise<boolean> {
  let left = found
  const step = stepSize(stepOfPages)
  while (left.length > 0) {
    const size = step.next
    const started = performance.now()
    const postponed = wipeStep(open, left.slice(0, size))
    const took = performance.now() - started
    left = [...left.slice(size), ...postponed]
    step.took(took)
    if (postponed.length > 0 && !(await emptiesLog(open.client, maxWaitMs))) return false
    // Others who wait for the lock go first.
    await sleep(took)
  }
  return true
}

/**
 * Wipes some pages under the write lock. Pages with a newer version in the log are skipped: the file's version is not
 * current. The step ends with a commit, which makes every connection drop its cached pages; one that wrote a page from
 * its cache would bring the remains back.
 * @returns the pages to try again.
 */
function wipeStep({ client, file, path, pageSize }: OpenFile, numbers: readonly number[]): number[] {
  const step = client.transaction(() => {
    const logged = pagesInLog(path, pageSize)
    const page = Buffer.alloc(pageSize)
    for (const number of numbers) {
      if (logged.has(number)) continue
      const position = (number - 1) * pageSize
      readSync(file, page, 0, pageSize, position)
      for (const { start, end } of remains(page))
        writeSync(file, Buffer.alloc(end - start), 0, end - start, position + start)
    }
    fdatasyncSync(file)
    flag(client, unwiped)
    return numbers.filter(number => logged.has(number))
  })
  return step.immediate()
}

const logHeader = 32
const frameHeader = 24

/**
 * The pages in the write-ahead log, except those of an earlier round, which are all in the file
 * (https://www.sqlite.org/walformat.html).
 */
function pagesInLog(path: string, pageSize: number): Set<number> {
  const log = readFileSync(`${path}-wal`)
  const pages = new Set<number>()
  const salt = log.subarray(16, 24)
  for (let at = logHeader; at + frameHeader <= log.length; at += frameHeader + pageSize) {
    if (salt.equals(log.subarray(at + 8, at + 16))) pages.add(log.readUInt32BE(at))
  }
  return pages
}

/** What comes of wiping when it fails. The messages of errors with a code name files. */
export const notWiped = ({ code, message }: NodeJS.ErrnoException): Wiping => ({
  pages: 0,
  complete: false,
  reason: code ?? message,
})

/** The same from a process of its own, which writes nothing on the console: where it fails the file stays flagged. */
export async function wipeInProcess(path: string, options: WipeOptions = {}, how: ForkOptions = {}): Promise<Wiping> {
  const child = fork(new URL('./wipe-process.sqlite.ts', import.meta.url), [path, JSON.stringify(options)], {
    ...how,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  let wiping: Wiping | undefined
  child.once('message', message => {
    wiping = message as Wiping
  })
  try {
    const [code, signal] = await once(child, 'exit')
    return wiping ?? notWiped(new Error(`its process ended with ${signal ?? code}`))
  } catch (error) {
    return notWiped(error as Error)
  }
}
