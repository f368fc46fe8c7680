import type { Storage } from './sync/storage.ts'

/**
 * A storage in IndexedDB: one database, one object store, the keys as they are. Tabs tell each other by a BroadcastChannel.
 * A write is on the disk when it is acknowledged.
 * @param name of the database.
 */
export async function indexedDbStorage(name = 'moodstreak'): Promise<Storage & { close(): void }> {
  const database = await opened(name)
  const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(name)
  const listeners = new Set<() => void>()
  const tell = () => {
    for (const listener of listeners) listener()
  }
  channel?.addEventListener('message', tell)
  // Another tab deletes the database, or a newer version of this code opens it.
  database.onversionchange = () => database.close()

  const reading = () => database.transaction(store, 'readonly').objectStore(store)
  return {
    get: key => result(reading().get(key)),
    async list(prefix) {
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
      const objects = reading()
      // Both in one transaction.
      const [keys, values] = await Promise.all([result(objects.getAllKeys(range)), result(objects.getAll(range))])
      return keys.map((key, i): [string, unknown] => [key as string, values[i]])
    },
    write: ({ put, delete: gone, expect }) =>
      new Promise((resolve, reject) => {
        const transaction = database.transaction(store, 'readwrite', { durability: 'strict' })
        const objects = transaction.objectStore(store)
        let holds = true
        const asked = objects.get(expect.key)
        asked.onsuccess = () => {
          holds = asked.result === expect.value
          if (!holds) return
          for (const key of gone) objects.delete(key)
          for (const [key, value] of put) objects.put(value, key)
        }
        transaction.oncomplete = () => {
          if (holds) channel?.postMessage(null)
          resolve(holds)
        }
        transaction.onabort = () => reject(transaction.error)
      }),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      channel?.close()
      database.close()
    },
  }
}

const store = 'copy'

function opened(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(store)
  return result(request)
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
