import { ApiError } from '../errors.ts'

export interface SlotOptions {
  /** What takes a slot, in a sentence. */
  of: string
  /** Slots that are in use at once. */
  concurrency: number
  /** Callers that may wait, altogether; at least 1. */
  maxQueued: number
  /** Callers of one account that may wait. */
  maxQueuedPerAccount: number
  /** Time (ms) after which a caller that still waits is refused. */
  maxWaitMs: number
}

export interface SlotOwner {
  account: string
  network: string
}

export interface Slot {
  /** Frees the slot for others; its account still has no second one. */
  stepAside(): void
  /** Ends it; again does nothing. */
  release(): void
}

interface Waiting extends SlotOwner {
  begin(): void
  refuse(): void
}

/**
 * Slots for what is large: one per account, a few in total. Others wait in a bounded queue, in which the network with the
 * fewest under way is next; when it is full, a newcomer gets the last place of the network, then of the account, that has
 * the most. So nobody keeps another one out by sending more.
 */
export function slots({ of, concurrency, maxQueued, maxQueuedPerAccount, maxWaitMs }: SlotOptions) {
  /** By account, also those that have stepped aside. */
  const underWay = new Map<string, SlotOwner>()
  const waiting = new Set<Waiting>()
  let running = 0

  const isFree = ({ account }: SlotOwner) => running < concurrency && !underWay.has(account)
  const ofNetwork = (owners: Iterable<SlotOwner>, network: string) =>
    [...owners].filter(owner => owner.network === network).length
  const ofAccount = (account: string) => [...waiting].filter(other => other.account === account).length

  function take(owner: SlotOwner): Slot {
    underWay.set(owner.account, owner)
    running++
    const stepAside = once(() => {
      running--
      next()
    })
    const release = once(() => {
      underWay.delete(owner.account)
      stepAside()
      next()
    })
    return { stepAside, release }
  }

  function next() {
    while (running < concurrency) {
      const ready = [...waiting].filter(({ account }) => !underWay.has(account))
      const first = lowest(ready, ({ network }) => ofNetwork(underWay.values(), network))
      if (!first) return
      first.begin()
    }
  }

  /** Whether a place is free, or became free for a newcomer. */
  function makePlace(owner: SlotOwner): boolean {
    if (waiting.size < maxQueued) return true
    // The last of those who have the most waiting.
    const last = lowest(
      [...waiting].reverse(),
      ({ network, account }) => -ofNetwork(waiting, network) * maxQueued - ofAccount(account),
    ) as Waiting
    const [theirs, own] =
      last.network === owner.network
        ? [ofAccount(last.account), ofAccount(owner.account)]
        : [ofNetwork(waiting, last.network), ofNetwork(waiting, owner.network)]
    // One more would only swap the two.
    if (theirs <= own + 1) return false
    last.refuse()
    return true
  }

  return {
    /** Whether a caller would not wait. */
    isFree,
    /** Whether an account has a slot, or waits for one. */
    has: (account: string) => underWay.has(account) || ofAccount(account) > 0,
    /**
     * Waits for a slot.
     * @param abandoned aborts when nobody waits for it any more.
     * @throws {ApiError} `too_busy` when the queue is full, the wait too long, or `abandoned` aborts.
     */
    enter(owner: SlotOwner, abandoned: AbortSignal): Promise<Slot> {
      if (abandoned.aborted) return Promise.reject(busy(of))
      if (isFree(owner)) return Promise.resolve(take(owner))
      if (ofAccount(owner.account) >= maxQueuedPerAccount || !makePlace(owner)) return Promise.reject(busy(of))
      return new Promise((resolve, reject) => {
        const leave = () => {
          waiting.delete(place)
          clearTimeout(timer)
          abandoned.removeEventListener('abort', place.refuse)
        }
        const place: Waiting = {
          ...owner,
          begin() {
            leave()
            resolve(take(owner))
          },
          refuse() {
            leave()
            reject(busy(of))
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
    /** Callers that wait for a slot, and not for an answer of their own account. */
    get wanted() {
      return new Set([...waiting].map(({ account }) => account).filter(account => !underWay.has(account))).size
    },
    /** How many have a slot, have stepped aside, and wait. */
    get load() {
      return { running, aside: underWay.size - running, waiting: waiting.size }
    },
  }
}

export type Slots = ReturnType<typeof slots>

/** The first of those with the lowest rank. */
function lowest<T>(all: readonly T[], rank: (one: T) => number): T | undefined {
  return all.reduce<T | undefined>(
    (best, one) => (best === undefined || rank(one) < rank(best) ? one : best),
    undefined,
  )
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    act()
  }
}

const busy = (of: string) =>
  new ApiError('too_busy', `Too many ${of} right now. Try again in a moment.`, { retryAfterMs: 10_000 })
