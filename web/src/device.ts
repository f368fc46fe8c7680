import { batch, computed, signal } from '@preact/signals'
import { ApiProblem, NoAnswer, SignedOut } from '../../client/src/problem.ts'
import { openSync, type RejectedWrite, type SyncEngine } from '../../client/src/sync/engine.ts'
import { webLock } from '../../client/src/sync/lock.ts'
import type { Kind, Question, Settings, Thing } from '../../client/src/sync/records.ts'
import type { Profile } from '../../client/src/wire.ts'
import { client, expired } from './client.ts'
import { now } from './clock.ts'
import { type Shelf, shelf, storage } from './kept.ts'
import { startRounds } from './rounds.ts'

/**
 * What is on the device, as signals: screens read these, and write by `write`. Nothing here waits for a network.
 * The copy belongs to one account; `openDevice` and `closeDevice` come and go with the session.
 */

const engine = signal<SyncEngine | undefined>()
/** Counts the changes of the copy, whichever tab made them. */
const version = signal(0)

const read = <T>(from: (engine: SyncEngine) => T, without: T) =>
  computed(() => {
    version.value
    return engine.value ? from(engine.value) : without
  })
const none = <K extends Kind>(): Thing<K>[] => []

/** The living entries, the latest first. */
export const entries = read(it => it.moods.list(), none<'mood'>())
export const trashedEntries = read(it => it.moods.trash(), none<'mood'>())
export const tasks = read(it => it.tasks.list(), none<'task'>())
export const practices = read(it => it.practices.list(), none<'practice'>())
export const sequences = read(it => it.sequences.list(), none<'sequence'>())

const startSettings: Settings = { timezone: 'UTC', day_starts_at: 0, mood_scale: { min: 0, max: 10 } }
/** Zone, start of the day and mood scale, as last heard from the server. */
export const settings = read(it => it.settings(), startSettings)
/** The streak with unsent writes, at the moment that the clock of the app shows. */
export const streak = computed(() => {
  version.value
  return engine.value?.streak(engine.value.now() + (now.value - Date.now()))
})

/** The number of writes that the server lacks. */
export const unsent = read(it => it.unsent(), 0)
/** Writes that met others, which the person has to decide between. */
export const conflicts = read<Question[]>(it => it.conflicts(), [])
/** Writes that the server rejected, with its sentences. */
export const rejected = read<RejectedWrite[]>(it => it.rejected(), [])

/** Whether the server was reached at last. */
export const online = signal(navigator.onLine)
/** Whether everything of the account has come from the server once. */
export const filled = signal(false)
/** An error of the server that is about the whole exchange, such as a rate limit. */
export const trouble = signal<ApiProblem | undefined>()
/** Since when (epoch ms) writes wait to be sent; undefined when none do. */
export const unsentSince = signal<number | undefined>()

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
 * Writes on the device, then sends. Resolves when it is on the device.
 * @throws {ApiProblem} when the rules of the server forbid it; its `errors` are sentences for people.
 */
export async function write<T>(work: (engine: SyncEngine) => Promise<T>): Promise<T> {
  if (!engine.value) throw new SignedOut()
  const result = await work(engine.value)
  unsentSince.value ??= Date.now()
  void sync()
  return result
}

/** Reads once, outside of rendering. */
export const peek = <T>(from: (engine: SyncEngine) => T): T | undefined =>
  engine.value ? from(engine.value) : undefined

let running: Promise<void> | undefined
/** Exchanges with the server; errors become `online`, `trouble` and `expired`. */
export function sync(): Promise<void> {
  const mine = engine.value
  if (!mine || expired.value) return Promise.resolve()
  running = exchange(mine)
  return running
}

async function exchange(mine: SyncEngine): Promise<void> {
  try {
    const { done } = await mine.sync()
    batch(() => {
      online.value = true
      trouble.value = undefined
      if (done) filled.value = true
      if (mine.unsent() === 0) unsentSince.value = undefined
    })
    if (done) await kept?.put('filled', true)
    rounds?.soon(done || mine.unsent() === 0 ? undefined : 2_000)
  } catch (error) {
    if (error instanceof NoAnswer) online.value = false
    else if (error instanceof ApiProblem) trouble.value = error
    else if (!(error instanceof SignedOut)) throw error
    rounds?.failed()
  }
}

async function renewProfile(): Promise<void> {
  try {
    await keepProfile(await client.profile.get())
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof SignedOut || error instanceof ApiProblem)) throw error
  }
}

let rounds: ReturnType<typeof startRounds> | undefined

/** Opens the copy of an account, and keeps it in step with the server. */
export async function openDevice(account: string): Promise<void> {
  closeDevice()
  const own = shelf(account)
  const lock = 'locks' in navigator ? { lock: webLock(navigator.locks, `moodstreak ${account}`) } : {}
  const [opened, lastProfile, wasFilled] = await Promise.all([
    openSync({ client, storage: await storage(), account, ...lock }),
    own.get<Profile>('profile'),
    own.get<boolean>('filled'),
  ])
  opened.subscribe(() => {
    version.value++
  })
  kept = own
  batch(() => {
    profile.value = lastProfile
    filled.value = wasFilled === true
    unsentSince.value = opened.unsent() > 0 ? Date.now() : undefined
    engine.value = opened
    version.value++
  })
  rounds = startRounds({ sync, renew: renewProfile })
}

/** Stops; what is on the device stays. */
export function closeDevice(): void {
  rounds?.stop()
  rounds = undefined
  engine.value?.close()
  kept = undefined
  batch(() => {
    engine.value = undefined
    profile.value = undefined
    trouble.value = undefined
    unsentSince.value = undefined
    filled.value = false
  })
}

/** Deletes all of the account from the device, unsent writes included. */
export async function wipeDevice(): Promise<void> {
  const [mine, own] = [engine.value, kept]
  rounds?.stop()
  await running
  await mine?.wipe()
  await own?.wipe()
  closeDevice()
}
