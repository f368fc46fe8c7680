/**
 * Makes one run of some work serve all who ask for it before it begins. Who asks during a run gets the next one, because
 * what they have in mind may have come too late for this one.
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
