/** What the client takes from where it runs; all of it can be replaced, which is how it is tested. */
export interface Environment {
  fetch: (input: string, init: RequestInit) => Promise<Response>
  /** Epoch ms. */
  now: () => number
  /** From 0 to below 1; for the spread of retries, not for ids. */
  random: () => number
  /** Calls back after a time (ms); the answer cancels it. */
  later: (work: () => void, ms: number) => () => void
  /** Random bytes, for ids. */
  randomBytes: (count: number) => Uint8Array
  /** Calls back when the network is back, or somebody looks at the app again; the answer ends it. */
  onWake: (wake: () => void) => () => void
}

export const realEnvironment: Environment = {
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  random: () => Math.random(),
  later: (work, ms) => {
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
  randomBytes: count => crypto.getRandomValues(new Uint8Array(count)),
  onWake: wake => onWakeOf(globalThis as Surroundings, wake),
}

/** What a browser tells; other runtimes have none of it. */
interface Surroundings {
  addEventListener?: (name: 'online', listener: () => void) => void
  removeEventListener?: (name: 'online', listener: () => void) => void
  document?: {
    readonly visibilityState: string
    addEventListener: (name: 'visibilitychange', listener: () => void) => void
    removeEventListener: (name: 'visibilitychange', listener: () => void) => void
  }
}

/** @param around the global object. */
export function onWakeOf(around: Surroundings, wake: () => void): () => void {
  const { document } = around
  const seen = () => {
    if (document?.visibilityState === 'visible') wake()
  }
  around.addEventListener?.('online', wake)
  document?.addEventListener('visibilitychange', seen)
  return () => {
    around.removeEventListener?.('online', wake)
    document?.removeEventListener('visibilitychange', seen)
  }
}

/** Waits (ms), or throws the reason of a signal that is aborted meanwhile. */
export function pause({ later }: Pick<Environment, 'later'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = later(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/**
 * A UUIDv7 (RFC 9562), so that ids rise with time; `crypto.randomUUID` is missing on plain http.
 * @param ms the time, epoch ms.
 */
export function newId({ randomBytes }: Pick<Environment, 'randomBytes'>, ms: number): string {
  const bytes = randomBytes(16)
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(ms / 2 ** (8 * (5 - i))) & 0xff
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
