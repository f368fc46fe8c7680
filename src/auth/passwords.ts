import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { ApiError } from '../errors.ts'
import type { PasswordJob } from './password-worker.ts'

export interface Passwords {
  /** A bcrypt hash of a password of at most 72 bytes. @throws {ApiError} `too_busy` when too many wait. */
  hash(password: string): Promise<string>
  /**
   * Whether the password belongs to the hash. Without a hash it does the same work and answers false, so that
   * nobody learns from the time whether an account exists. @throws {ApiError} `too_busy` when too many wait.
   */
  verify(password: string, hash: string | null | undefined): Promise<boolean>
  close(): Promise<void>
}

/** How many may wait per thread: at a quarter of a second each nobody waits longer than a stopping server does. */
const waitingPerThread = 12

/**
 * bcrypt in worker threads, one less than there are cores, so that the event loop keeps one for itself.
 * @param cost log2 of the rounds.
 */
export function startPasswords(cost: number): Passwords {
  const maxThreads = Math.max(1, availableParallelism() - 1)
  const pool = new Piscina<PasswordJob, string | boolean>({
    filename: new URL('./password-worker.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads,
    maxQueue: waitingPerThread * maxThreads,
  })
  const run = async (job: Omit<PasswordJob, 'cost'>) => {
    // Asked here and not told by the pool's rejection, because that one is an Error without a code.
    if (pool.queueSize >= pool.options.maxQueue) {
      throw new ApiError('too_busy', 'Too many people are signing in right now. Try again in a moment.', {
        'Retry-After': '2',
      })
    }
    return pool.run({ ...job, cost })
  }
  const decoy = decoyOf(cost)

  return {
    hash: async password => (await run({ password })) as string,
    async verify(password, hash) {
      // bcryptjs answers at once to an empty password and to a hash that is none, and reads 72 bytes and no further:
      // all of these are compared with the decoy instead, so that they cost the same as the rest and match nothing.
      const usable = hash && bcryptHash.test(hash) && password !== '' && fitsBcrypt(password)
      const matches = await run({ password: password || ' ', hash: usable ? hash : decoy })
      return usable ? matches === true : false
    },
    close: () => pool.destroy(),
  }
}

/** Whether bcrypt reads all of a password: it stops after 72 bytes, which would make many passwords one. */
export function fitsBcrypt(password: string): boolean {
  return Buffer.byteLength(password) <= 72
}

const bcryptHash = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/

/** A hash that no password has, but that costs as much to compare with as one of ours: only its cost counts. */
function decoyOf(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`
}
