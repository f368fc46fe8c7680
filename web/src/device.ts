import { batch, computed, signal } from '@preact/signals'
import { ApiProblem, SignedOut } from '../../client/src/problem.ts'
import type { Topic } from '../../client/src/sync/copy.ts'
import { openSync, type SyncEngine, type SyncOptions } from '../../client/src/sync/engine.ts'
import type { SyncStatus } from '../../client/src/sync/in-step.ts'
import { webLock } from '../../client/src/sync/lock.ts'
import type { RejectedWrite } from '../../client/src/sync/own-things.ts'
import type { Kind, Question, Settings, Thing } from '../../client/src/sync/records.ts'
import type { Profile } from '../../client/src/wire.ts'
import { client } from './client.ts'
import { now } from './clock.ts'
import { passOver } from './failures.ts'
import { type Shelf, shelf, storage } from './kept.ts'

/**
 * What is on the device, as signals: screens read these, and write by `write`. Nothing here waits for a network.
 * The copy belongs to one account; `openDevice` and `closeDevice` come and go with the session.
 */

const engine = signal<SyncEngine | undefined>()
/** Count the changes of each part of the copy, whichever tab made them. */
const versions = { mood: signal(0), task: signal(0), practice: signal(0), sequence: signal(0), settings: signal(0) }
type Part = keyof typeof versions
const parts = Object.keys(versions) as Part[]
/** What the last exchange led to; while the next one runs nothing that is said of it comes and goes. */
const status = signal<SyncStatus>({ state: 'idle', isLive: false })

const read = <T, Without = T>(of: readonly Part[], from: (engine: SyncEngine) => T, without: Without) =>
  computed(() => {
    for (const part of of) versions[part].value
    return engine.value ? from(engine.value) : without
  })
const none = <K extends Kind>(): Thing<K>[] => []

/** The living entries, the latest first. */
export const entries = read(['mood'], it => it.moods.list(), none<'mood'>())
export const trashedEntries = read(['mood'], it => it.moods.trash(), none<'mood'>())
export const tasks = read(['task'], it => it.tasks.list(), none<'task'>())
export const practices = read(['practice'], it => it.practices.list(), none<'practice'>())
export const sequences = read(['sequence'], it => it.sequences.list(), none<'sequence'>())

const startSettings: Settings = { timezone: 'UTC', day_starts_at: 0, mood_scale: { min: 0, max: 10 } }
/** Zone, start of the day and mood scale, as last heard from the server. */
export const settings = read(['settings'], it => it.settings(), startSettings)
const readAtClock = <T>(from: (engine: SyncEngine, at: number) => T) =>
  read(['mood', 'settings'], it => from(it, it.now() + (now.value - Date.now())), undefined)
/** The streak with unsent writes, at the moment that the clock of the app shows. */
export const streak = readAtClock((it, at) => it.streak(at))
/** Why the streak is what it is. */
export const explanation = readAtClock((it, at) => it.explain(at))

const writable = ['mood', 'task', 'practice'] as const
/** The number of writes that the server lacks. */
export const unsent = read(writable, it => it.unsent(), 0)
/** Writes that met others, which the person has to decide between. */
export const conflicts = read<Question[]>(writable, it => it.conflicts(), [])
/** Writes that the server rejected, with its sentences. */
export const rejected = read<RejectedWrite[]>(writable, it => it.rejected(), [])

/** Whether the server was reached at last, and the browser knows of a network. */
export const online = computed(() => hasNetwork.value && status.value.state !== 'offline')
/** Whether the browser knows of a network. */
export const hasNetwork = signal(navigator.onLine)
for (const event of ['online', 'offline'])
  window.addEventListener(event, () => {
    hasNetwork.value = navigator.onLine
  })
/** Whether everything of the account has come from the server once. */
export const filled = signal(false)
/** An error of the server that is about the whole exchange, such as a rate limit. */
export const trouble = computed(() => {
  const { state, error } = status.value
  return state === 'failing' && error instanceof ApiProblem ? error : undefined
})
/** Whether the server answers and all the same does not take what is sent, without saying why: it is newer, or wrong. */
export const isNotTaken = computed(() => status.value.state === 'failing' && status.value.error === undefined)
/** Since when (epoch ms) writes wait to be sent; undefined when none do. */
export const unsentSince = signal<number | undefined>()
/** Whether writes have waited longer than sending usually takes, so that it is worth showing. */
export const isWaiting = computed(
  () =>
    unsent.value > 0 &&
    (!online.value ||
      status.value.state === 'failing' ||
      status.value.state === 'signed_out' ||
      now.value - (unsentSince.value ?? now.value) > 60_000),
)

/** The profile as last seen; screens that change it put the answer here with `keepProfile`. */
export const profile = signal<Profile | undefined>()
let kept: Shelf | undefined

export async function keepProfile(value: Profile): Promise<void> {
  profile.value = value
  await kept?.put('profile', value)
}

/** Values of the signed-in person beside the copy: see `shelf`. */
export const ownShelf = (): Shelf | undefined => kept

/**
 * Writes on the device; it is sent by itself. Resolves when it is on the device.
 * @throws {ApiProblem} when the rules of the server forbid it; its `errors` are sentences for people.
 */
export async function write<T>(work: (engine: SyncEngine) => Promise<T>): Promise<T> {
  if (!engine.value) throw new SignedOut()
  return work(engine.value)
}

/** Reads once, outside of rendering. */
export const peek = <T>(from: (engine: SyncEngine) => T): T | undefined =>
  engine.value ? from(engine.value) : undefined

/** Exchanges with the server now, such as before signing out; what comes of it is in `online`, `trouble` and `expired`. */
export async function sync(): Promise<void> {
  await engine.value?.sync().catch(passOver)
}

async function renewProfile(): Promise<void> {
  await client.profile.get().then(keepProfile).catch(passOver)
}

let stop = () => {}

/** Opens the copy of an account, and keeps it in step with the server. */
export async function openDevice(account: string): Promise<void> {
  closeDevice()
  const own = shelf(account)
  const [opened, lastProfile, wasFilled] = await Promise.all([
    openSync({ client, storage: await storage(), account, ...locks(account) }),
    own.get<Profile>('profile'),
    own.get<boolean>('filled'),
  ])
  const take = (topics: ReadonlySet<Topic>) => {
    batch(() => {
      for (const part of parts) if (topics.has(part)) versions[part].value++
      if (!topics.has('status')) unsentSince.value = opened.unsent() > 0 ? (unsentSince.value ?? Date.now()) : undefined
      if (opened.status().state !== 'syncing') status.value = opened.status()
      if (status.value.syncedAt !== undefined && !filled.value) {
        filled.value = true
        void own.put('filled', true)
      }
    })
  }
  kept = own
  batch(() => {
    profile.value = lastProfile
    filled.value = wasFilled === true
    engine.value = opened
    take(new Set(parts))
  })
  const unsubscribe = opened.subscribe(take)
  const stopRounds = opened.start()
  void renewProfile()
  const renew = () => {
    if (document.visibilityState === 'visible') void renewProfile()
  }
  document.addEventListener('visibilitychange', renew)
  stop = () => {
    document.removeEventListener('visibilitychange', renew)
    unsubscribe()
    stopRounds()
    opened.close()
  }
}

/** One tab syncs for all, and one keeps the stream; on plain http, where there are no locks, leases decide. */
function locks(account: string): Pick<SyncOptions, 'lock' | 'streamLock'> {
  if (!('locks' in navigator)) return {}
  const named = (name: string) => webLock(navigator.locks, `moodstreak ${name} ${account}`)
  return { lock: named('sync'), streamLock: named('stream') }
}

/** Stops; what is on the device stays. */
export function closeDevice(): void {
  stop()
  stop = () => {}
  kept = undefined
  batch(() => {
    engine.value = undefined
    profile.value = undefined
    unsentSince.value = undefined
    filled.value = false
    status.value = { state: 'idle', isLive: false }
  })
}

/** Deletes all of the account from the device, unsent writes included. */
export async function wipeDevice(): Promise<void> {
  const [mine, own] = [engine.value, kept]
  closeDevice()
  await mine?.wipe()
  await own?.wipe()
}
