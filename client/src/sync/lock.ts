import type { Storage } from './storage.ts'

/** Lets one tab work at a time. */
export interface Lock {
  /**
   * Works while it is held. `renew` has to be called now and then (each 20 s), and says whether it is still held.
   * @returns undefined, without working, when another tab holds it.
   */
  hold<T>(work: (renew: () => Promise<boolean>) => Promise<T>): Promise<T | undefined>
}

interface WebLocks {
  request<T>(name: string, options: { ifAvailable: true }, work: (lock: unknown) => Promise<T>): Promise<T>
}

/** By the browser: it is free again when the tab closes or crashes. */
export function webLock(locks: WebLocks, name: string): Lock {
  return {
    hold: work => locks.request(name, { ifAvailable: true }, async lock => (lock ? work(async () => true) : undefined)),
  }
}

/** A tab that stops without a word is waited for this long (ms). */
const leaseMs = 60_000

/** By a key of the storage, where there are no Web Locks (plain http, React Native, Node). */
export function leaseLock(storage: Storage, key: string, holder: string, now: () => number): Lock {
  async function take(): Promise<boolean> {
    const value = (await storage.get(key)) as string | undefined
    const [by, until] = value?.split(' ') ?? []
    if (by !== undefined && by !== holder && Number(until) > now() && Number(until) <= now() + leaseMs) return false
    return storage.write({ put: [[key, `${holder} ${now() + leaseMs}`]], delete: [], expect: { key, value } })
  }
  async function release() {
    const value = (await storage.get(key)) as string | undefined
    if (value?.startsWith(`${holder} `)) await storage.write({ put: [], delete: [key], expect: { key, value } })
  }
  return {
    async hold(work) {
      if (!(await take())) return undefined
      try {
        return await work(take)
      } finally {
        await release()
      }
    },
  }
}
