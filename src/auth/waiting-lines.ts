import { ApiError } from '../errors.ts'

export interface WaitingLinesOptions {
  /** How many may wait at once under one key. */
  maxWaiting?: number
  /** How long each waits at most. */
  maxWaitMs?: number | undefined
  /** Time between two tries of the first in line, because another process may have made room. */
  pollMs?: number
}

/**
 * Lines in front of something that holds a few at a time and is shared with other processes: who does not fit waits, in
 * the order of arrival, and tries again when somebody left.
 */
export function waitingLines({ maxWaiting = 50, maxWaitMs = 5_000, pollMs = 250 }: WaitingLinesOptions = {}) {
  const lines = new Map<string, { length: number; last: Promise<unknown> }>()
  const wakers = new Map<string, Set<() => void>>()

  /** Resolves when somebody leaves one of these keys, or after a time. */
  function change(keys: readonly string[], ms: number): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        clearTimeout(timer)
        for (const key of keys) {
          const set = wakers.get(key)
          set?.delete(wake)
          if (set?.size === 0) wakers.delete(key)
        }
        resolve()
      }
      const timer = setTimeout(wake, ms)
      for (const key of keys) wakers.set(key, (wakers.get(key) ?? new Set()).add(wake))
    })
  }

  async function enterInTurn<T>(keys: readonly string[], enter: () => Promise<T | undefined>, deadline: number) {
    for (;;) {
      const entered = await enter()
      if (entered !== undefined) return entered
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) throw tooBusy()
      await change(keys, Math.min(leftMs, pollMs))
    }
  }

  return {
    /**
     * Enters now or in turn.
     * @param keys what it needs room in; the line is that of the first.
     * @param enter tries to enter; undefined when there is no room.
     * @throws {ApiError} `too_busy` when too many wait, or it took too long; and whatever `enter` throws.
     */
    async enter<T>(keys: readonly [string, ...string[]], enter: () => Promise<T | undefined>): Promise<T> {
      const [key] = keys
      const line = lines.get(key) ?? { length: 0, last: Promise.resolve() }
      if (line.length >= maxWaiting) throw tooBusy()
      const deadline = performance.now() + maxWaitMs
      const turn = line.last.then(() => enterInTurn(keys, enter, deadline))
      line.length++
      line.last = turn.catch(() => {})
      lines.set(key, line)
      try {
        return await turn
      } finally {
        line.length--
        if (line.length === 0) lines.delete(key)
      }
    },

    /** Says that somebody left. */
    left(keys: readonly string[]): void {
      for (const key of keys) for (const wake of [...(wakers.get(key) ?? [])]) wake()
    },
  }
}

function tooBusy(): ApiError {
  return new ApiError('too_busy', 'Too many sign-ins for this name are under way. Try again in a moment.', {
    retryAfterMs: 2_000,
  })
}
