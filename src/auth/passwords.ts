import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { ApiError } from '../errors.ts'
import { fairQueue, type JobOwner, QueueFull } from '../fair-queue.ts'
import { passwordHashes } from '../measured.ts'
import { costOf, decoyOf, type PasswordJob } from './password-worker.ts'

export interface Passwords {
  /**
   * A bcrypt hash of a password of at most 72 bytes.
   * @param owner who asks for the work: what costs a hash is shared among networks and accounts.
   * @throws {ApiError} `too_busy` when too many wait.
   */
  hash(password: string, owner?: JobOwner): Promise<string>
  /**
   * Whether the password belongs to the hash. Without a hash it does the same work and returns false, so that the time
   * does not tell whether an account exists.
   * @param owner who asks for the work.
   * @throws {ApiError} `too_busy` when too many wait.
   */
  verify(password: string, hash: string | null | undefined, owner?: JobOwner): Promise<boolean>
  /**
   * The hash to store for a password that was just verified: a new one if the old one is of a lower cost, or the old
   * one for now if the queue is full.
   */
  renewed(password: string, hash: string, owner?: JobOwner): Promise<string>
  /** How many passwords are being hashed, and how many wait for that. */
  load(): { running: number; waiting: number }
  close(): Promise<void>
}

/** Queue places per thread: at a quarter of a second each, no one waits longer than a graceful stop takes. */
const maxQueuedPerThread = 12
/** Jobs of one account that may run and wait: as many as guesses at its password without a wait. */
const maxPerAccount = 5

/** How long a thread without work is kept: it takes memory, and the sign-in that starts another one takes longer. */
const keptIdleMs = 30_000

/**
 * bcrypt in worker threads, one fewer than there are cores, which leaves one to the event loop. They start with passwords
 * and end when there are none for a while.
 * @param cost log2 of the rounds.
 * @param idleTimeoutMs after which a thread ends.
 */
export function startPasswords(cost: number, idleTimeoutMs = keptIdleMs): Passwords {
  const maxThreads = Math.max(1, availableParallelism() - 1)
  let pool: Piscina<PasswordJob, string | boolean> | undefined
  const start = () =>
    new Piscina<PasswordJob, string | boolean>({
      filename: new URL('./password-worker.ts', import.meta.url).href,
      minThreads: 0,
      maxThreads,
      idleTimeout: idleTimeoutMs,
      // The threads get neither the environment of the process, which holds secrets, nor its flags, each of which would
      // load its modules again.
      env: {},
      execArgv: [],
    })
  const queue = fairQueue({ concurrency: maxThreads, maxQueued: maxQueuedPerThread * maxThreads, maxPerAccount })
  const run = (job: Omit<PasswordJob, 'cost'>, owner: JobOwner = { network: '' }) => {
    pool ??= start()
    const running = pool
    const begunAt = passwordHashes.begin()
    const hashed = async () => {
      const result = await running.run({ ...job, cost })
      passwordHashes.end(begunAt, {})
      return result
    }
    return queue.add(owner, hashed).catch(explain)
  }
  const decoy = decoyOf(cost)
  const hash = async (password: string, owner?: JobOwner) => (await run({ password }, owner)) as string

  return {
    hash,
    async verify(password, hash, owner) {
      // bcryptjs returns at once for an empty password or an invalid hash, and reads only 72 bytes: all of these are
      // compared with the decoy instead, so that they take as long as any other and match nothing.
      const usable = hash && bcryptHash.test(hash) && password !== '' && fitsBcrypt(password)
      const matches = await run({ password: password || ' ', hash: usable ? hash : decoy }, owner)
      return usable ? matches === true : false
    },
    renewed: async (password, old, owner) => (costOf(old) < cost ? hash(password, owner).catch(() => old) : old),
    load: () => queue.load,
    close: async () => pool?.destroy(),
  }
}

function explain(error: unknown): never {
  if (!(error instanceof QueueFull)) throw error
  throw new ApiError('too_busy', 'Too many sign-ins right now. Try again in a moment.', {
    retryAfterMs: 2_000,
  })
}

/** Whether bcrypt reads the whole password: it stops after 72 bytes, which would make many passwords equal. */
export function fitsBcrypt(password: string): boolean {
  return Buffer.byteLength(password) <= 72
}

const bcryptHash = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/
