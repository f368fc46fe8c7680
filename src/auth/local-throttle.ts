import { LRUCache } from 'lru-cache'
import { type Counted, waits } from './throttle-rules.ts'

interface Count {
  failures: number
  pending: number
  /** Epoch ms. */
  blockedUntil: number
  /** When the failures expire, epoch ms. */
  expiresAt: number
}

/** Far more names than a process compares while a database is away, and some megabytes. */
const maxSubjects = 10_000

/**
 * Counts guesses by the rules of the database's counts, but in this process: for the time in which the database cannot
 * count them. It loses them with the process.
 */
export function localThrottle() {
  const counts = new LRUCache<string, Count>({ max: maxSubjects })

  function countOf({ hash, window }: Counted, at: number): Count {
    const known = counts.get(hash)
    if (known && known.expiresAt > at) return known
    // Forgotten, but not a block that lasts longer.
    const fresh = { pending: 0, blockedUntil: 0, ...known, failures: 0, expiresAt: at + window }
    counts.set(hash, fresh)
    return fresh
  }

  function settle(subjects: readonly Counted[], change: (count: Count, subject: Counted) => void) {
    for (const subject of subjects) {
      const count = counts.get(subject.hash)
      if (!count) continue
      count.pending = Math.max(0, count.pending - 1)
      change(count, subject)
    }
  }

  return {
    /**
     * The latest end of a block of the subjects, epoch ms; undefined when none is blocked.
     * @param at now, epoch ms.
     */
    blockedUntil(subjects: readonly Counted[], at: number): number | undefined {
      const ends = subjects.map(({ hash }) => counts.get(hash)?.blockedUntil ?? 0).filter(end => end > at)
      return ends.length > 0 ? Math.max(...ends) : undefined
    },

    /**
     * Lets a guess in for all of its subjects, which are not blocked, or for none where there is no room.
     * @param at now, epoch ms.
     */
    enter(subjects: readonly Counted[], at: number): boolean {
      const entered = subjects.map(subject => ({ free: subject.free, count: countOf(subject, at) }))
      // After the free failures, one at a time.
      const hasRoom = entered.every(
        ({ free, count: { failures, pending } }) => pending === 0 || failures + pending < free,
      )
      if (hasRoom) for (const { count } of entered) count.pending++
      return hasRoom
    },

    /**
     * Counts a wrong guess, whether or not it was let in here.
     * @param at now, epoch ms.
     */
    failed(subjects: readonly Counted[], at: number): void {
      for (const subject of subjects) countOf(subject, at)
      settle(subjects, (count, { free }) => {
        count.failures++
        const excess = count.failures - free
        if (excess >= 0) count.blockedUntil = at + (waits[Math.min(excess, waits.length - 1)] as number)
      })
    },

    /** Settles a right guess: the failures are forgotten, but not the network's. */
    succeeded(subjects: readonly Counted[]): void {
      settle(subjects, (count, { kind }) => {
        if (kind !== 'network') count.failures = 0
      })
    },

    /** Forgets everything about subjects. */
    forgiven(subjects: readonly Pick<Counted, 'hash'>[]): void {
      for (const { hash } of subjects) counts.delete(hash)
    },

    /** Takes a guess back. */
    withdrawn(subjects: readonly Counted[]): void {
      settle(subjects, () => {})
    },
  }
}
