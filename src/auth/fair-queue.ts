export interface FairQueue {
  /**
   * Runs a job now or in its turn; returns undefined, and runs nothing, when the queue is full.
   * @param by the job's owner.
   */
  add<T>(by: string, job: () => Promise<T>): Promise<T> | undefined
}

export interface FairQueueOptions {
  /** Jobs that run at once. */
  concurrency: number
  /** Jobs that may wait. */
  maxQueued: number
}

/**
 * A bounded queue in which owners take turns: one who submits a hundred jobs waits for a hundred, one who submits one
 * waits for one job of each other owner. An owner gets at most half of the places, and so cannot keep the others out.
 */
export function fairQueue({ concurrency, maxQueued }: FairQueueOptions): FairQueue {
  let running = 0
  let waiting = 0
  /** In the order of turns: a `Map` keeps insertion order. */
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
      // To the end of the queue.
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
