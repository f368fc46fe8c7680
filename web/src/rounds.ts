/** When the device exchanges with the server. */

/** With the page in view, ms. */
const restMs = 5 * 60_000
const firstRetryMs = 3_000
const maxRetryMs = 60_000

interface Parts {
  sync: () => Promise<void>
  /** Reads what `sync` does not bring. */
  renew: () => Promise<void>
}

/**
 * Syncs on start, when the network returns, when the page is looked at again, when the server says that something changed,
 * and now and then. Writes sync by themselves.
 */
export function startRounds({ sync, renew }: Parts) {
  const ending = new AbortController()
  const { signal } = ending
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let stream: EventSource | undefined

  const inView = () => document.visibilityState === 'visible'
  const after = (ms: number) => {
    clearTimeout(timer)
    if (!signal.aborted) timer = setTimeout(now, ms)
  }
  const now = () => {
    if (inView()) void sync()
    else after(restMs)
  }

  /** The server tells of changes; where it does not, the rest of the reasons do. */
  function listen(): void {
    stream?.close()
    stream = undefined
    if (signal.aborted || !inView() || !navigator.onLine) return
    stream = new EventSource('/sync/stream')
    let heard = ''
    stream.addEventListener('version', ({ data }: MessageEvent<string>) => {
      if (heard !== '' && heard !== data) void sync()
      heard = data
    })
  }

  const wake = () => {
    if (inView()) {
      void sync()
      void renew()
    }
    listen()
  }
  window.addEventListener('online', wake, { signal })
  document.addEventListener('visibilitychange', wake, { signal })
  signal.addEventListener('abort', () => {
    clearTimeout(timer)
    stream?.close()
  })
  wake()

  return {
    /** After an exchange: another one in this time (ms), or after the usual rest. */
    soon(ms = restMs): void {
      failures = 0
      after(ms)
    },
    failed(): void {
      after(Math.min(maxRetryMs, firstRetryMs * 2 ** failures++))
    },
    stop: () => ending.abort(),
  }
}
