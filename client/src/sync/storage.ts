/**
 * Where a device keeps its copy: keys and JSON values. All or nothing of a batch is written, also when the power fails, and
 * several tabs may share one storage.
 */
export interface Storage {
  get(key: string): Promise<unknown>
  /** Everything whose key begins with a prefix, in the order of the keys. */
  list(prefix: string): Promise<[key: string, value: unknown][]>
  /** @returns false, and nothing is written, when the batch expects another value than there is. */
  write(batch: Batch): Promise<boolean>
  /** Tells when another tab has written. The answer ends it. */
  subscribe?(listener: () => void): () => void
}

export interface Batch {
  put: readonly (readonly [key: string, value: unknown])[]
  delete: readonly string[]
  /** What has to stand at a key: a string or number, or nothing. */
  expect: { key: string; value: string | number | undefined }
}

/** A storage that is lost with the program. Values are copied as a database would. */
export function memoryStorage(): Storage {
  const kept = new Map<string, string>()
  const listeners = new Set<() => void>()
  const read = (key: string): unknown => {
    const text = kept.get(key)
    return text === undefined ? undefined : JSON.parse(text)
  }
  return {
    get: async key => read(key),
    list: async prefix =>
      [...kept.keys()]
        .filter(key => key.startsWith(prefix))
        .sort()
        .map(key => [key, read(key)]),
    async write({ put, delete: gone, expect }) {
      if (read(expect.key) !== expect.value) return false
      for (const key of gone) kept.delete(key)
      for (const [key, value] of put) kept.set(key, JSON.stringify(value))
      for (const tell of listeners) tell()
      return true
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
