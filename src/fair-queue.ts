/** The sender of a job, for fairness. */
export interface JobOwner {
  network: string
  /** Absent where there is none yet, as at sign-up. */
  account?: string | undefined
}

/** The queue has no place for a job, or needed the place of a waiting one for somebody with fewer. */
export class QueueFull extends Error {
  constructor() {
    super('the queue is full')
    this.name = 'QueueFull'
  }
}

export interface FairQueue {
  /**
   * Runs a job now or in its turn.
   * @throws {QueueFull} and the job has not been run.
   */
  add<T>(owner: JobOwner, job: () => Promise<T>): Promise<T>
  /** How many jobs run, and how many wait. */
  readonly load: { running: number; waiting: number }
}

export interface FairQueueOptions {
  /** Jobs that run at once. */
  concurrency: number
  /** Jobs that may wait. */
  maxQueued: number
  /** Jobs of one account that may run and wait. */
  maxPerAccount: number
}

interface Waiting {
  begin: () => void
  refuse: () => void
}

/**
 * A bounded queue in which networks take turns: one that submits a hundred jobs waits for a hundred, one that submits one
 * waits for one job of each other network. Networks share the places too: when all are taken, a newcomer gets the last
 * place of the network that has the most. So some networks cannot keep another one out, however much they send.
 */
export function fairQueue({ concurrency, maxQueued, maxPerAccount }: FairQueueOptions): FairQueue {
  let running = 0
  let waiting = 0
  /** In the order of turns: a `Map` keeps insertion order. None is empty. */
  const queues = new Map<string, Waiting[]>()
  const perAccount = new Map<string, number>()

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
    for (const [network, [first, ...others]] of queues) {
      queues.delete(network)
      // To the end of the queue.
      if (others.length > 0) queues.set(network, others)
      waiting--
      return first?.begin()
    }
  }

  /** Whether a place is free, or became free for a network with so many jobs waiting. */
  function makePlace(own: number): boolean {
    if (waiting < maxQueued) return true
    const longest = [...queues.values()].reduce((a, b) => (b.length > a.length ? b : a))
    // One more would only swap the two.
    if (longest.length <= own + 1) return false
    waiting--
    longest.pop()?.refuse()
    return true
  }

  function enqueue<T>(network: string, job: () => Promise<T>): Promise<T> {
    if (running < concurrency) return run(job)
    if (!makePlace(queues.get(network)?.length ?? 0)) return Promise.reject(new QueueFull())
    waiting++
    return new Promise((resolve, reject) => {
      const entry = { begin: () => resolve(run(job)), refuse: () => reject(new QueueFull()) }
      queues.set(network, [...(queues.get(network) ?? []), entry])
    })
  }

  return {
    async add({ network, account }, job) {
      if (account === undefined) return enqueue(network, job)
      const own = perAccount.get(account) ?? 0
      if (own >= maxPerAccount) throw new QueueFull()
      perAccount.set(account, own + 1)
      try {
        return await enqueue(network, job)
      } finally {
        const left = (perAccount.get(account) as number) - 1
        if (left > 0) perAccount.set(account, left)
        else perAccount.delete(account)
      }
    },
    get load() {
      return { running, waiting }
    },
  }
}
