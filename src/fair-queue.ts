/** The sender of a job, for fairness. */
export interface JobOwner {
  network: string
  /** Absent where there is none yet, as at sign-up. */
  account?: string | undefined
  /** Whether it comes from a device that has signed in to the account before. */
  isKnown?: boolean
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
  isKnown: boolean
  begin: () => void
  refuse: () => void
}

/**
 * A bounded queue in which networks take turns: one that submits a hundred jobs waits for a hundred, one that submits one
 * waits for one job of each other network. Networks share the places too: when all are taken, a newcomer gets the last
 * place of the network that has the most. So some networks cannot keep another one out, however much they send. Known
 * devices have turns of their own account instead of their network's, every second turn and up to half of the places, so
 * that not even a thousand networks keep them out.
 */
export function fairQueue({ concurrency, maxQueued, maxPerAccount }: FairQueueOptions): FairQueue {
  let running = 0
  let waiting = 0
  let isTurnOfKnown = true
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
    const all = [...queues]
    const [key, queue] = all.find(([, [first]]) => first?.isKnown === isTurnOfKnown) ?? all[0] ?? []
    if (key === undefined || queue === undefined) return
    isTurnOfKnown = !isTurnOfKnown
    const [first, ...others] = queue
    queues.delete(key)
    // To the end of the queue.
    if (others.length > 0) queues.set(key, others)
    waiting--
    first?.begin()
  }

  /** Whether a place is free, or became free for a network with so many jobs waiting. */
  function makePlace(own: number, isKnown: boolean): boolean {
    if (waiting < maxQueued) return true
    const longest = [...queues.values()].reduce((a, b) => (b.length > a.length ? b : a))
    // One more would only swap the two.
    if (longest.length > own + 1) return refuseLast(longest)
    const all = [...queues.values()]
    const known = all.flat().filter(entry => entry.isKnown).length
    const others = isKnown && known < maxQueued / 2 ? all.findLast(([first]) => !first?.isKnown) : undefined
    return others !== undefined && refuseLast(others)
  }

  function refuseLast(queue: Waiting[]): true {
    const last = queue.pop()
    for (const [key, { length }] of queues) if (length === 0) queues.delete(key)
    waiting--
    last?.refuse()
    return true
  }

  function enqueue<T>(key: string, isKnown: boolean, job: () => Promise<T>): Promise<T> {
    if (running < concurrency) return run(job)
    if (!makePlace(queues.get(key)?.length ?? 0, isKnown)) return Promise.reject(new QueueFull())
    waiting++
    return new Promise((resolve, reject) => {
      const entry = { isKnown, begin: () => resolve(run(job)), refuse: () => reject(new QueueFull()) }
      queues.set(key, [...(queues.get(key) ?? []), entry])
    })
  }

  return {
    async add({ network, account, isKnown = false }, job) {
      if (account === undefined) return enqueue(network, false, job)
      const own = perAccount.get(account) ?? 0
      if (own >= maxPerAccount) throw new QueueFull()
      perAccount.set(account, own + 1)
      try {
        return await enqueue(isKnown ? `account ${account}` : network, isKnown, job)
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
