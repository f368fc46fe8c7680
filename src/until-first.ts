import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from './errors.ts'

/** Each of these lets somebody else through; and of two processes that take equal chances none fails so often. */
const maxAttempts = 40
const maxPauseMs = 64

/**
 * Attempts a change that is made from what was read until nobody else's comes between the two. Those of this process have turns
 * (`keyedTurns`), so it is those of another one: after each attempt it pauses for longer and by chance, so that the others
 * get through.
 * @param attempt reads and writes; undefined when somebody else's write came between.
 * @throws {ApiError} `unavailable` when that has happened again and again; and what `attempt` throws.
 */
export async function untilFirst<T>(
  attempt: () => Promise<T | undefined>,
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<T> {
  for (let failures = 0; failures < maxAttempts; failures++) {
    if (failures > 0) await pause(Math.random() * Math.min(2 ** failures, maxPauseMs))
    const done = await attempt()
    if (done !== undefined) return done
  }
  throw changedTooOften()
}

export const changedTooOften = () =>
  new ApiError('unavailable', 'This is being changed too often right now. Try again in a moment.', {
    retryAfterMs: 1_000,
  })
