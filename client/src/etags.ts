/** Answers that the server confirms by their ETag instead of sending them again. */

const maxAnswers = 100

interface Kept {
  etag: string
  /** JSON, so that nobody changes what somebody else is given. */
  text: string
}

/** @returns the last answers to GETs, the least recently used going first. */
export function etagCache() {
  const kept = new Map<string, Kept>()
  return {
    find(key: string): Kept | undefined {
      const found = kept.get(key)
      if (found) this.keep(key, found)
      return found
    },
    keep(key: string, answer: Kept) {
      kept.delete(key)
      kept.set(key, answer)
      if (kept.size > maxAnswers) kept.delete(kept.keys().next().value as string)
    },
    clear: () => kept.clear(),
  }
}
