import { createClient, memoryStorage, openSync, type Storage } from '../../client/src/index.ts'

/** What may happen on the way. */
export interface Way {
  /** The request is lost. */
  offline: boolean
  /** The next requests arrive, and their answers do not. */
  lostAnswers: number
  /** Happens before the next request arrives; what it answers, if anything, is the answer. */
  before?: () => Promise<Response | undefined>
  /** Requests as they were sent, to be delivered again. */
  copies: { url: string; init: RequestInit }[]
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface DeviceOptions {
  now: () => number
  timezone?: string
  /** Wrong clocks differ (ms) from `now`. */
  skewMs?: number
  storage?: Storage
  account?: string
}

/** A device of one person: its storage, its way to the server, and its engine. */
export async function device(fetch: Fetch, { now, timezone = 'UTC', skewMs = 0, ...more }: DeviceOptions) {
  const way: Way = { offline: false, lostAnswers: 0, copies: [] }
  const { storage = memoryStorage(), account = 'me' } = more
  const environment = {
    now: () => now() + skewMs,
    random: () => 0.5,
    later: (work: () => void, ms: number) => {
      if (ms < 30_000) queueMicrotask(work)
      return () => {}
    },
    async fetch(url: string, init: RequestInit) {
      if (way.offline) throw new TypeError('offline')
      way.copies.push({ url, init })
      const answer = (await way.before?.()) ?? (await fetch(url, init))
      if (way.lostAnswers === 0) return answer
      way.lostAnswers--
      throw new TypeError('the answer is lost')
    },
  }
  const client = createClient({ session: 'cookie', timezone: () => timezone, retries: 0, environment })
  const open = () => openSync({ client, storage, account, environment })
  return { client, storage, way, open, engine: await open(), fetch }
}
