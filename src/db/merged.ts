/**
 * Lets one run of some work serve all requests made before it begins. A request during a run gets the next one, because
 * it may have come too late for this one.
 */
export function merged<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | undefined
  return () => {
    next ??= running.then(() => {
      next = undefined
      const run = work()
      running = run.catch(() => {})
      return run
    })
    return next
  }
}
