import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'

/**
 * A kind of work whose duration is told to those who listen, as the metrics do where they are on. Where nobody listens,
 * nothing is measured: it costs the look at a flag.
 * @param name of the channel, after `moodstreak:`.
 */
function measured<Facts extends object>(name: string) {
  const told = channel(`moodstreak:${name}`)
  return {
    /** The time at which a piece of work begins, for `end`; 0 when nobody listens. */
    begin: () => (told.hasSubscribers ? performance.now() : 0),
    /** Tells about a piece of work that has ended. */
    end(begunAt: number, facts: Facts) {
      if (begunAt > 0) told.publish({ ...facts, seconds: (performance.now() - begunAt) / 1000 })
    },
    /**
     * Listens to all of this process.
     * @returns ends it.
     */
    listen(listener: (facts: Facts & { seconds: number }) => void): () => void {
      const heard = (facts: unknown) => listener(facts as Facts & { seconds: number })
      subscribe(told.name, heard)
      return () => void unsubscribe(told.name, heard)
    },
  }
}

/** Commits, each of a group of batches. */
export const commits = measured<{ batches: number }>('commit')
/** Runs of recurring jobs. */
export const jobRuns = measured<{ job: string; failed: boolean }>('job')
/** Hashes of passwords, from when they are asked for: the wait in the queue is part of it. */
export const passwordHashes = measured<object>('password')
