/** Failed attempts at the same things after which nothing is gained by another. */
const maxAttempts = 5

/**
 * Counts failed attempts at things of which others, at the same time, can only leave fewer: as long as they do, the end
 * comes nearer, and only what stays the same and fails again counts.
 * @returns is told the ids of each failed attempt; false when it was one too many.
 */
export function failedAttempts(): (ids: readonly string[]) => boolean {
  let count = 0
  let before = ''
  return ids => {
    const these = ids.join()
    count = these === before ? count + 1 : 1
    before = these
    return count < maxAttempts
  }
}
