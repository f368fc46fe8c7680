import { createHmac } from 'node:crypto'
import { type Commit, type Database, Unavailable } from '../db/database.ts'
import { databaseThrottle } from './database-throttle.ts'
import { localThrottle } from './local-throttle.ts'
import { rules, type Subject, tooMany } from './throttle-rules.ts'
import { type WaitingLinesOptions, waitingLines } from './waiting-lines.ts'

/** A guess under way. One that is never settled, because its process died, counts as wrong after a while. */
export interface Attempt {
  /** Settles a right guess: the failures are forgotten, but not the network's, because a guesser may also have an account. */
  succeeded(): Promise<void>
  /** Counts a wrong guess. */
  failed(): Promise<void>
  /** Takes the guess back when nothing was compared, and rethrows the error that says why. */
  withdraw(error: unknown): Promise<never>
}

export interface ThrottleOptions extends WaitingLinesOptions {
  /** Gets what kept the database from counting a guess, which this process has counted then. */
  uncounted?: (error: Unavailable) => void
}

/**
 * Limits wrong guesses. Guesses under way are counted too, and only as many are let in as there are failures left: many at
 * once get no further than one after the other, and the others wait in line until these are known to be right or wrong
 * (docs/decisions/login-throttling.md).
 *
 * A guess that the database cannot count is counted in this process: on a sharded one the counts may lie on a machine that
 * is down, and nobody whose own rows can be reached is kept out for that.
 * @param hashKey of the server, for the hashes that stand for names and addresses.
 */
export function throttleStore(
  database: Database,
  commit: Commit,
  hashKey: Buffer,
  { uncounted = () => {}, ...waiting }: ThrottleOptions = {},
) {
  const stored = databaseThrottle(database, commit)
  const local = localThrottle()
  const lines = waitingLines(waiting)

  /** Counts in the database, or in this process while that cannot. */
  async function counting<T>(inDatabase: () => Promise<T>, here: () => T): Promise<T> {
    try {
      return await inDatabase()
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      uncounted(error)
      return here()
    }
  }

  return {
    /**
     * Lets a guess in for all of its subjects, or for none; where there is no room, it waits in the line of the first. The
     * same order of kinds everywhere, the network last, so that no two wait for each other.
     * @param now the time, epoch ms.
     * @throws {ApiError} `too_many_requests` while one of them is blocked, with the time to retry; `too_busy`.
     */
    async attempt(subjects: readonly [Subject, ...Subject[]], now: () => number): Promise<Attempt> {
      const counted = subjects.map(subject => ({
        ...rules[subject.kind],
        kind: subject.kind,
        hash: hashOf(subject, hashKey),
      }))
      const hashes = counted.map(({ hash }) => hash) as [string, ...string[]]
      let isStored = true

      await lines.enter(hashes, async () => {
        const at = now()
        refuseBlocked(local.blockedUntil(counted, at), at)
        const entered = await counting(
          async () => {
            isStored = true
            if (await stored.enter(counted, at)) return true
            refuseBlocked(await stored.blockedUntil(counted, at), at)
            return false
          },
          () => {
            isStored = false
            return local.enter(counted, at)
          },
        )
        return entered || undefined
      })

      const settle = async (inDatabase: () => Promise<void>, here: () => void) => {
        if (isStored) await counting(inDatabase, here)
        else here()
        lines.left(hashes)
      }
      return {
        succeeded: () =>
          settle(
            () => stored.succeeded(counted, now()),
            () => local.succeeded(counted),
          ),
        failed() {
          const at = now()
          return settle(
            () => stored.failed(counted, at),
            () => local.failed(counted, at),
          )
        },
        async withdraw(error) {
          await settle(
            () => stored.withdrawn(counted),
            () => local.withdrawn(counted),
          )
          throw error
        },
      }
    },

    /** Forgets the failures of subjects, and lifts their blocks. */
    async forgive(...subjects: readonly Subject[]): Promise<void> {
      const hashes = subjects.map(subject => ({ hash: hashOf(subject, hashKey) }))
      local.forgiven(hashes)
      await counting(
        () => stored.forgiven(hashes),
        () => {},
      )
    },
  }
}

/** @throws {ApiError} `too_many_requests` with the time until the end of a block. */
function refuseBlocked(until: number | undefined, at: number) {
  if (until !== undefined) throw tooMany(until - at)
}

/** The keyed hash of a name or an address: a copy of the database does not tell who tried to sign in, or from where. */
function hashOf({ kind, name }: Subject, key: Buffer): string {
  return createHmac('sha256', key).update(`${kind} ${name}`).digest('base64url')
}
