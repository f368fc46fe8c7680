import { indexedDbStorage } from '../../client/src/indexeddb.ts'
import { memoryStorage, type Storage } from '../../client/src/sync/storage.ts'

/** What the device keeps: the copy of the sync engine, and single values beside it. */

let opened: Promise<Storage> | undefined
/** False where the browser keeps nothing, as in some private windows: then it lasts as long as the page. */
export let isLasting = true

/** The one storage of the app. */
export function storage(): Promise<Storage> {
  opened ??= indexedDbStorage().catch(() => {
    isLasting = false
    return memoryStorage()
  })
  return opened
}

/** Unlike those of the engine, which begin with the id of an account. */
const prefix = 'app/'
const always = { key: 'app', value: undefined }

/**
 * Single values on the device, such as answers of the server to show without a network.
 * @param area an account's id for what is a person's, so that `wipe` deletes it.
 */
export function shelf(area: string) {
  const own = `${prefix}${area}/`
  const write = async (put: [string, unknown][], gone: string[]) => {
    await (await storage()).write({ put, delete: gone, expect: always })
  }
  return {
    get: async <T>(name: string): Promise<T | undefined> => (await (await storage()).get(own + name)) as T | undefined,
    put: (name: string, value: unknown) => write([[own + name, value]], []),
    delete: (name: string) => write([], [own + name]),
    wipe: async () => {
      const all = await (await storage()).list(own)
      await write(
        [],
        all.map(([key]) => key),
      )
    },
  }
}
export type Shelf = ReturnType<typeof shelf>
