import type { Client } from '../client.ts'
import type { Environment } from '../environment.ts'
import { ApiProblem, SignedOut } from '../problem.ts'
import { backOff, maxBackOffMs } from './back-off.ts'
import type { Lock } from './lock.ts'

/** From one attempt to become the tab with the stream to the next, in ms. */
const leadMs = 30_000
/** From one renewal of the lock to the next, in ms. */
const renewMs = 20_000
/** A stream that lasts this long (ms) was a success. */
const lastingMs = 60_000

const never = Number.POSITIVE_INFINITY
const nothing = () => {}

export interface Following {
  watch: Client['watch']
  environment: Pick<Environment, 'random' | 'later'>
  /** Decides which tab keeps the stream open. */
  streamLock: Lock
}

interface Told {
  /** Something has changed on the server, or may have. */
  changed: () => void
  /** Whether this tab or another one is told of changes. */
  calm: (is: boolean) => void
  /** Whether this tab is. */
  live: (is: boolean) => void
}

/** How a stream ended: for good, for lack of a session, or with the time (ms) to the next; `isFirm`: not before it. */
type End = 'useless' | 'signed out' | { ms: number; isFirm?: boolean }

/** Keeps the stream open, in one of the tabs, until `over`. */
export function streamFollower(
  { watch, environment, streamLock }: Following,
  over: AbortSignal,
  { changed, calm, live }: Told,
) {
  let failures = 0
  let awake = nothing

  /** Waits `ms`, or until somebody wakes it where that is allowed. */
  function sleep(ms: number, canBeWoken = true): Promise<void> {
    return new Promise(resolve => {
      if (over.aborted) return resolve()
      const done = () => {
        cancel()
        over.removeEventListener('abort', done)
        resolve()
      }
      const cancel = ms === never ? nothing : environment.later(done, ms)
      over.addEventListener('abort', done)
      awake = canBeWoken ? done : nothing
    })
  }

  async function follow(): Promise<void> {
    for (let goesOn = true; goesOn && !over.aborted; ) {
      // A storage that fails is tried again.
      const end = await streamLock.hold(lead).catch(() => 'failed' as const)
      if (end === undefined) calm(true)
      goesOn = end !== 'useless'
      if (goesOn) await sleep(end === 'signed out' ? never : leadMs)
    }
  }

  /** Keeps the stream open while the lock is held. */
  async function lead(renew: () => Promise<boolean>): Promise<'useless' | 'signed out' | 'lost'> {
    if (over.aborted) return 'lost'
    const lost = new AbortController()
    const lose = () => lost.abort(over.reason)
    over.addEventListener('abort', lose)
    const renewed = async () => {
      if (!(await renew().catch(() => false))) lose()
      else if (!lost.signal.aborted) cancel = environment.later(() => void renewed(), renewMs)
    }
    let cancel = environment.later(() => void renewed(), renewMs)
    calm(false)
    try {
      while (!lost.signal.aborted) {
        const end = await once(lost.signal)
        if (typeof end !== 'object') return end
        if (!lost.signal.aborted) await sleep(end.ms, !end.isFirm)
      }
      return 'lost'
    } finally {
      lose()
      cancel()
      over.removeEventListener('abort', lose)
    }
  }

  /**
   * One stream, from its opening to its end.
   * @returns when to open the next one.
   */
  async function once(signal: AbortSignal): Promise<End> {
    let isOpen = false
    let cancel = nothing
    const tell = () => {
      if (!isOpen) {
        isOpen = true
        cancel = environment.later(() => {
          failures = 0
        }, lastingMs)
        calm(true)
        live(true)
      }
      changed()
    }
    const end = await watch(tell, { signal }).then(
      (couldRead): End => (couldRead ? { ms: backOff(++failures, environment) } : 'useless'),
      endBy,
    )
    cancel()
    if (isOpen) {
      calm(false)
      live(false)
    }
    return end
  }

  function endBy(error: unknown): End {
    if (error instanceof SignedOut) return 'signed out'
    const ms = backOff(++failures, environment)
    if (!(error instanceof ApiProblem)) return { ms }
    // It is not allowed, or not known there.
    if ([400, 403, 404, 405].includes(error.status)) return 'useless'
    if (error.retryAfterMs !== undefined) return { ms: Math.max(error.retryAfterMs, ms), isFirm: true }
    // There are too many of them.
    return { ms: error.status < 500 ? maxBackOffMs : ms }
  }

  return { follow: () => void follow(), wake: () => awake() }
}
