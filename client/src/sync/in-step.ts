import type { Environment } from '../environment.ts'
import { NoAnswer, SignedOut } from '../problem.ts'
import { maxBackOffMs } from './back-off.ts'
import { type Following, streamFollower } from './follow-stream.ts'
import { type Rounds, syncRounds } from './rounds.ts'

/** Keeps a device in step with the server by itself. */

/** What a round of syncing led to. */
export interface Synced {
  /** False when another tab is at it, or the server keeps refusing to take part of the queue: that stays in it. */
  done: boolean
  /** True when another tab is at it. */
  busy?: true
  sent: number
  received: number
}

export interface SyncStatus {
  /**
   * `failing`: the server is there and does not accept the queue, or the storage fails; `error` says why. Without an `error`
   * it answered, and part of the queue is left: the server is newer than this client, or wrong.
   */
  state: 'idle' | 'syncing' | 'offline' | 'signed_out' | 'failing'
  /** Epoch ms by the clock of the device; undefined before the first since it was opened. */
  syncedAt?: number
  /** Whether the server tells this tab of changes as they happen. */
  isLive: boolean
  error?: unknown
}

export interface StartOptions {
  /** Whether to be told of changes as they happen; true by default. Set it to false where `fetch` shows no body before its end. */
  stream?: boolean
  /** From one look at the server to the next, in ms, while nothing tells of changes; 5 minutes by default. */
  pollMs?: number
}

interface Parts extends Following {
  sync: (options: { signal?: AbortSignal }) => Promise<Synced>
  environment: Pick<Environment, 'now' | 'random' | 'later' | 'onWake'>
  /** Called when the status has changed. */
  told: () => void
}

/** What keeps one device in step, and says how that goes. */
export function stepKeeper(parts: Parts) {
  const { environment } = parts
  let status: SyncStatus = { state: 'idle', isLive: false }
  let running: { rounds: Rounds; stop: () => void; wake: () => void } | undefined

  function set(changes: Partial<SyncStatus>): void {
    status = { ...status, ...changes }
    parts.told()
  }

  function stateAfter(error: unknown, signal: AbortSignal | undefined): SyncStatus['state'] {
    if (signal?.aborted) return 'idle'
    if (error instanceof SignedOut) return 'signed_out'
    return error instanceof NoAnswer ? 'offline' : 'failing'
  }

  async function sync(options: { signal?: AbortSignal } = {}): Promise<Synced> {
    const { error: _, ...rest } = status
    status = rest
    set({ state: 'syncing' })
    try {
      const synced = await parts.sync(options)
      if (synced.done) set({ state: 'idle', syncedAt: environment.now() })
      else set({ state: synced.busy ? 'idle' : 'failing' })
      return synced
    } catch (error) {
      const state = stateAfter(error, options.signal)
      set(state === 'idle' ? { state } : { state, error })
      throw error
    }
  }

  return {
    status: (): SyncStatus => status,
    /** As the engine's; what comes of it is told in the status. Somebody who has signed in again calls it. */
    async sync(options: { signal?: AbortSignal } = {}): Promise<Synced> {
      const synced = await sync(options)
      if (synced.done) running?.wake()
      return synced
    },
    /** The person has written something. */
    wrote: () => running?.rounds.wrote(),
    start({ stream = true, pollMs = maxBackOffMs }: StartOptions = {}): () => void {
      running?.stop()
      const over = new AbortController()
      const rounds = syncRounds({ ...parts, sync }, pollMs, over.signal)
      const live = streamFollower(parts, over.signal, {
        changed: () => rounds.within(0),
        calm: rounds.calm,
        live: isLive => set({ isLive }),
      })
      const unsubscribe = environment.onWake(() => {
        rounds.within(0)
        live.wake()
      })
      const stop = () => {
        if (running?.stop === stop) running = undefined
        unsubscribe()
        over.abort(new NoAnswer('stopped'))
      }
      running = { rounds, stop, wake: () => [rounds.succeeded(), live.wake()] }
      rounds.within(0)
      if (stream) live.follow()
      return stop
    },
    stop: () => running?.stop(),
  }
}
