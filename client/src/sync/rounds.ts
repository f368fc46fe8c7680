import type { Environment } from '../environment.ts'
import { ApiProblem, SignedOut } from '../problem.ts'
import { backOff } from './back-off.ts'
import type { Synced } from './in-step.ts'

/** Writes within this time (ms) go together. */
const debounceMs = 1_000
/** The same, while nothing gets through. */
const failingDebounceMs = 5_000
/** The pause (ms) after another tab was found at it. */
const busyMs = 2_000
/** From one look to the next, in ms, where a stream tells this tab or another one. */
const calmMs = 15 * 60_000

const never = Number.POSITIVE_INFINITY

interface Parts {
  sync: (options: { signal?: AbortSignal }) => Promise<Synced>
  environment: Pick<Environment, 'random' | 'later'>
}

/**
 * Syncs now and then, and when there is reason to.
 * @param pollMs from one look to the next while nothing tells of changes.
 * @param over ends it.
 */
export function syncRounds({ sync, environment }: Parts, pollMs: number, over: AbortSignal) {
  let failures = 0
  let isRunning = false
  /** The server has named a time before which it does not want to be asked. */
  let isHeld = false
  let isSignedOut = false
  let isCalm = false
  /** When the next round is due, in ms from when that was decided. */
  let dueMs = never
  let cancel = () => {}
  over.addEventListener('abort', () => cancel())

  /** Syncs after `ms` at the latest. */
  function within(ms: number): void {
    if (over.aborted || isHeld || ms >= dueMs) return
    dueMs = ms
    if (isRunning) return
    cancel()
    cancel = environment.later(() => void run(), ms)
  }

  /** Syncs not before `ms` are over. */
  function hold(ms: number): void {
    isHeld = true
    cancel = environment.later(() => {
      isHeld = false
      void run()
    }, ms)
  }

  async function run(): Promise<void> {
    dueMs = never
    isRunning = true
    const { ms, isFirm } = await round()
    isRunning = false
    const nextMs = Math.min(ms, dueMs)
    dueMs = never
    if (over.aborted) return
    if (isFirm) hold(ms)
    else within(nextMs)
  }

  /** @returns when to sync again. */
  async function round(): Promise<{ ms: number; isFirm?: boolean }> {
    try {
      const { done, busy } = await sync({ signal: over })
      if (busy) return { ms: busyMs }
      if (!done) return { ms: backOff(++failures, environment) }
      failures = 0
      isSignedOut = false
      return { ms: isCalm ? calmMs : pollMs }
    } catch (error) {
      isSignedOut = error instanceof SignedOut
      if (isSignedOut) return { ms: never }
      const wanted = error instanceof ApiProblem ? error.retryAfterMs : undefined
      const ms = backOff(++failures, environment)
      return wanted === undefined ? { ms } : { ms: Math.max(wanted, ms), isFirm: true }
    }
  }

  return {
    within,
    wrote(): void {
      if (!isSignedOut) within(failures > 0 ? failingDebounceMs : debounceMs)
    },
    /** Another sync was a success. */
    succeeded(): void {
      failures = 0
      isSignedOut = false
      within(isCalm ? calmMs : pollMs)
    },
    /** @param is whether a stream tells this tab or another one of changes. */
    calm(is: boolean): void {
      isCalm = is
      if (!is && !isSignedOut) within(pollMs)
    },
  }
}
export type Rounds = ReturnType<typeof syncRounds>
