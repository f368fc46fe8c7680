import { ApiError } from './errors.ts'

export interface KeyedTurnsOptions {
  /** Callers of one owner that may wait at once. */
  maxWaiting?: number
  /** How long each of them waits at most. */
  maxWaitMs?: number | undefined
}

/**
 * Turns at things that one caller at a time works on, in the order of arrival. Nobody waits for what belongs to another owner,
 * nor for other things of the same one; who works on several things waits for all of them, and holds none up before that
 * but for those who come later.
 */
export function keyedTurns({ maxWaiting = 500, maxWaitMs = 10_000 }: KeyedTurnsOptions = {}) {
  /** The end of the last turn at each thing that somebody works on or waits for. */
  const lastTurns = new Map<string, Promise<void>>()
  /** How many wait, by owner; also those that have given up, until it would have been their turn. */
  const waiting = new Map<string, number>()

  function countWaiting(owner: string, ready: Promise<unknown>) {
    const before = waiting.get(owner) ?? 0
    if (before >= maxWaiting) throw tooMany()
    waiting.set(owner, before + 1)
    void ready.then(() => {
      const left = (waiting.get(owner) as number) - 1
      if (left > 0) waiting.set(owner, left)
      else waiting.delete(owner)
    })
  }

  /** @throws {ApiError} `unavailable` when it is not ready in time, or abandoned. */
  async function waitFor(ready: Promise<unknown>, abandoned: AbortSignal) {
    const { promise: tooLate, reject } = Promise.withResolvers<never>()
    const leave = () => reject(tooMany())
    const timer = setTimeout(leave, maxWaitMs)
    abandoned.addEventListener('abort', leave)
    if (abandoned.aborted) leave()
    try {
      await Promise.race([ready, tooLate])
    } finally {
      clearTimeout(timer)
      abandoned.removeEventListener('abort', leave)
    }
  }

  return {
    /**
     * Works when it is its turn.
     * @param ids of the things.
     * @param abandoned gives a signal that aborts when nobody waits for the work any more; asked for only when it has to wait.
     * @throws {ApiError} `unavailable` when too many wait, the wait is too long, or `abandoned` aborts; then `work` is not called.
     */
    async take<T>(
      owner: string,
      ids: readonly string[],
      abandoned: () => AbortSignal,
      work: () => Promise<T>,
    ): Promise<T> {
      const keys = ids.map(id => `${owner} ${id}`)
      const before = keys.flatMap(key => lastTurns.get(key) ?? [])
      const mustWait = before.length > 0
      const ready = Promise.all(before)
      if (mustWait) countWaiting(owner, ready)
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      for (const key of keys) lastTurns.set(key, ended)
      const end = () => {
        for (const key of keys) if (lastTurns.get(key) === ended) lastTurns.delete(key)
        resolve()
      }
      try {
        if (mustWait) await waitFor(ready, abandoned())
      } catch (error) {
        // Those behind it still wait for those before it.
        void ready.then(end)
        throw error
      }
      try {
        return await work()
      } finally {
        end()
      }
    },

    /** How many things somebody works on, and how many callers wait. */
    get load() {
      return { things: lastTurns.size, waiting: [...waiting.values()].reduce((sum, count) => sum + count, 0) }
    },
  }
}

const tooMany = () =>
  new ApiError('unavailable', 'Too many changes of the same thing right now. Try again in a moment.', {
    retryAfterMs: 1_000,
  })
