export interface FairQueue {
  /** Runs a job now or when it is its turn; undefined, and nothing runs, when too many wait. @param by whose it is. */
  add<T>(by: string, job: () => Promise<T>): Promise<T> | undefined
}

export interface FairQueueOptions {
  /** Jobs that run at a time. */
  concurrency: number
  /** Jobs that may wait. */
  maxQueued: number
}

/**
 * Runs jobs some at a time, and has those whose jobs wait take turns: whoever sends a hundred waits for a hundred, and
 * whoever sends one only for one of each of the others. One alone gets half of the places at most, and cannot
 * keep everybody else out.
 */
export function fairQueue({ concurrency, maxQueued }: FairQueueOptions): FairQueue {
  let running = 0
  let waiting = 0
  /** In the order of turns: a `Map` keeps the order in which its keys came. */
  const queues = new Map<string, (() => void)[]>()

  async function run<T>(job: () => Promise<T>): Promise<T> {
    running++
    try {
      return await job()
    } finally {
      running--
      next()
    }
  }

  function next() {
    for (const [by, [begin, ...others]] of queues) {
      queues.delete(by)
      // Behind everybody else.
      if (others.length > 0) queues.set(by, others)
      waiting--
      return begin?.()
    }
  }

  return {
    add(by, job) {
      if (running < concurrency) return run(job)
      const own = queues.get(by) ?? []
      if (waiting >= maxQueued || own.length >= maxQueued / 2) return undefined
      waiting++
      return new Promise(resolve => queues.set(by, [...own, () => resolve(run(job))]))
    },
  }
}
