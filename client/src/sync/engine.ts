import type { Client } from '../client.ts'
import { type Environment, newId, realEnvironment } from '../environment.ts'
import { openCopy, type Topic } from './copy.ts'
import { exchanging } from './exchanging.ts'
import { stepKeeper } from './in-step.ts'
import { type Lock, leaseLock } from './lock.ts'
import { ownThings } from './own-things.ts'
import type { Storage } from './storage.ts'

export interface SyncOptions {
  client: Client
  storage: Storage
  /** The id of the account: other people on the same device have their own copy. */
  account: string
  /** Decides which tab syncs for all. Defaults to a lease on the storage; see `webLock`. */
  lock?: Lock
  /** Decides which tab keeps the stream open; another one than `lock`. Defaults to a lease on the storage. */
  streamLock?: Lock
  environment?: Partial<Environment>
}

/** Opens the copy of a person's data on this device, which is read and written without a network, and synced with one. */
export async function openSync(options: SyncOptions) {
  const { client, storage, account } = options
  const environment = { ...realEnvironment, ...options.environment }
  const listeners = new Set<(topics: ReadonlySet<Topic>) => void>()
  const tell = (topics: ReadonlySet<Topic>) => {
    for (const listener of listeners) listener(topics)
  }
  const copy = await openCopy(storage, account, tell)
  const holder = newId(environment, environment.now())
  const lease = (name: string) => leaseLock(storage, name, holder, environment.now)
  const lock = options.lock ?? lease(`lock/${account}`)
  const keeper = stepKeeper({
    sync: exchanging({ client, copy, environment, lock }),
    watch: client.watch,
    environment,
    streamLock: options.streamLock ?? lease(`stream-lock/${account}`),
    told: () => tell(new Set(['status'])),
  })

  return {
    ...ownThings({ client, copy, environment, wrote: keeper.wrote }),
    /**
     * Sends what is queued and takes in what changed, until nothing is left of either or the server gets no further.
     * @throws {NoAnswer} without a network, {SignedOut} without a session, {ApiProblem}: the queue stays as it is.
     */
    sync: keeper.sync,
    /**
     * Syncs by itself from now on: at once, after writes, when the network returns or the app is looked at again, when the
     * server tells of changes, and now and then; after failures ever later. Where the session has ended it waits for
     * `sync`, or for somebody to look at the app. The answer stops it.
     */
    start: keeper.start,
    /** What the last sync led to, and whether changes are told as they happen. */
    status: keeper.status,
    /** Called with what has changed, after each change of the copy or of the status. The answer ends it. */
    subscribe(listener: (topics: ReadonlySet<Topic>) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** Takes in what other tabs wrote; happens by itself where the storage tells. */
    refresh: copy.refresh,
    /** Stops syncing, and deletes everything of this account from the device, unsent writes included. */
    wipe(): Promise<void> {
      keeper.stop()
      return copy.wipe()
    },
    /** Stops syncing and listening. */
    close(): void {
      keeper.stop()
      copy.close()
    },
  }
}
export type SyncEngine = Awaited<ReturnType<typeof openSync>>
