import { statfsSync } from 'node:fs'

/**
 * Preloaded by `.taprc`. Test databases need no disk: where Linux has room in memory they are made there. Each test has
 * its own, of hundreds of files on PostgreSQL, and a file system spends much on those that have just been deleted: it
 * was an eighth of all that the tests cost.
 */
const place = '/dev/shm'
/** What all databases at a time, and the log of PostgreSQL, stay far below. */
const roomNeeded = 2 * 1024 ** 3

if (process.env.TMPDIR === undefined && roomAt(place) >= roomNeeded) process.env.TMPDIR = place

/** How many bytes are free at a place; none where there is no such place. */
function roomAt(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  } catch {
    return 0
  }
}
