import type { Database as Client } from 'better-sqlite3'
import { commits } from '../measured.ts'

interface Waiting {
  batch: () => unknown
  resolve: (result: unknown) => void
  reject: (error: unknown) => void
}

type Outcome = { result: unknown } | { error: unknown }

/**
 * Group commit. A commit waits for the disk, which is most of what a write costs; batches that arrive in the same turn
 * of the event loop share one. Each has its own savepoint, so one that fails rolls back alone; a batch that is alone has
 * the transaction for that, because within a savepoint SQLite copies pages for each statement (a batch of 100 entries took
 * twice as long). No caller is answered before the commit has returned.
 */
export function groupCommit(client: Client) {
  let waiting: Waiting[] = []
  // Inside `commitAll`, better-sqlite3 makes this transaction a savepoint.
  const isolated = client.transaction((batch: () => unknown) => batch())
  const commitOne = ([{ batch }]: [Waiting]): Outcome[] => [{ result: isolated.immediate(batch) }]
  const commitAll = client.transaction((group: Waiting[]) => group.map(attempt))

  function attempt({ batch }: Waiting): Outcome {
    try {
      return { result: isolated(batch) }
    } catch (error) {
      // A full disk or an I/O error makes SQLite roll back the whole transaction, and so the whole group.
      if (!client.inTransaction) throw error
      return { error }
    }
  }

  function flush() {
    const group = waiting
    waiting = []
    if (group.length === 0) return
    const begunAt = commits.begin()
    try {
      const outcomes = isAlone(group) ? commitOne(group) : commitAll.immediate(group)
      commits.end(begunAt, { batches: group.length })
      for (const [i, outcome] of outcomes.entries()) {
        const { resolve, reject } = group[i] as Waiting
        if ('error' in outcome) reject(outcome.error)
        else resolve(outcome.result)
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }

  return {
    /** Runs a synchronous batch of writes, all or none of them. Settles when the result is on the disk. */
    add<T>(batch: () => T): Promise<T> {
      if (waiting.length === 0) setImmediate(flush)
      return new Promise<T>((resolve, reject) => {
        waiting.push({ batch, resolve: resolve as (result: unknown) => void, reject })
      })
    },
    /** Commits waiting batches at once. */
    flush,
  }
}

const isAlone = (group: readonly Waiting[]): group is [Waiting] => group.length === 1
