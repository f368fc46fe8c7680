import { ApiError } from '../errors.ts'

export interface SlotOptions {
  /** Slots that are in use at once; an owner has at most one. */
  concurrency: number
  /** Callers that may wait, altogether. */
  maxQueued: number
  /** Callers of one owner that may wait. */
  maxQueuedPerOwner: number
  /** Time (ms) after which a caller that still waits is refused. */
  maxWaitMs: number
}

interface Waiting {
  owner: string
  begin(): void
  refuse(): void
}

/** Slots for what is large: one per owner, a few in total; others wait in a bounded queue. */
export function slots({ concurrency, maxQueued, maxQueuedPerOwner, maxWaitMs }: SlotOptions) {
  const running = new Set<string>()
  const waiting = new Set<Waiting>()

  function take(owner: string): () => void {
    running.add(owner)
    let released = false
    return () => {
      if (released) return
      released = true
      running.delete(owner)
      for (const next of waiting) {
        if (running.size < concurrency && !running.has(next.owner)) next.begin()
      }
    }
  }

  return {
    /**
     * Waits for a slot.
     * @param abandoned aborts when nobody waits for it any more.
     * @returns what releases it; it may be called again, which does nothing.
     * @throws {ApiError} `too_busy` when the queue is full, the wait too long, or `abandoned` aborts.
     */
    enter(owner: string, abandoned: AbortSignal): Promise<() => void> {
      if (running.size < concurrency && !running.has(owner)) return Promise.resolve(take(owner))
      const own = [...waiting].filter(other => other.owner === owner).length
      if (waiting.size >= maxQueued || own >= maxQueuedPerOwner) return Promise.reject(busy())
      return new Promise((resolve, reject) => {
        const leave = () => {
          waiting.delete(place)
          clearTimeout(timer)
          abandoned.removeEventListener('abort', place.refuse)
        }
        const place: Waiting = {
          owner,
          begin() {
            leave()
            resolve(take(owner))
          },
          refuse() {
            leave()
            reject(busy())
          },
        }
        const timer = setTimeout(place.refuse, maxWaitMs)
        abandoned.addEventListener('abort', place.refuse)
        waiting.add(place)
      })
    },
    /** Refuses all that wait. */
    refuseWaiting() {
      for (const { refuse } of waiting) refuse()
    },
    /** How many have a slot, and how many wait. */
    get load() {
      return { running: running.size, waiting: waiting.size }
    },
  }
}

const busy = () =>
  new ApiError('too_busy', 'Too many large answers are being sent. Try again in a moment.', { retryAfterMs: 10_000 })
