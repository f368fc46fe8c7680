/** Attempts at the same things, at most. */
const maxAttempts = 5

/**
 * Limits the attempts at things of which others, at the same time, can only leave fewer: as long as they do, the end comes
 * nearer, so only attempts at the very same things count.
 * @returns whether another attempt may follow, to be asked after each that failed, with the ids it was about.
 */
export function retryLimit(): (ids: readonly string[]) => boolean {
  let attempts = 0
  let latest = ''
  return ids => {
    const these = ids.join()
    attempts = these === latest ? attempts + 1 : 1
    latest = these
    return attempts < maxAttempts
  }
}
