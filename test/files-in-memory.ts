import { statfsSync } from 'node:fs'

/**
 * Preloaded by `.taprc`. Test databases need no disk: on Linux they are made in memory where there is room. Each test
 * has its own, hundreds of files on PostgreSQL, and deleting them was an eighth of the cost of all tests.
 */
const place = '/dev/shm'
/** Far more than all databases at a time and PostgreSQL's log need. */
const roomNeeded = 2 * 1024 ** 3

if (process.env.TMPDIR === undefined && roomAt(place) >= roomNeeded) process.env.TMPDIR = place

/** The free bytes of a folder; 0 if it does not exist. */
function roomAt(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  } catch {
    return 0
  }
}
