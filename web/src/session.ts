import { batch, signal } from '@preact/signals'
import { same } from '../../client/src/sync/records.ts'
import type { SignIn, SignUp, User } from '../../client/src/wire.ts'
import { client, doubtOwner, expired, sendFor } from './client.ts'
import { openDevice, sync, wipeDevice } from './device.ts'
import { isUnreached, passOver } from './failures.ts'
import { shelf } from './kept.ts'
import { endPush, stopPush } from './push.ts'

/** Who is signed in on this device. */

/** `starting` until the device has been looked at; then `in` or `out`. */
export const session = signal<'starting' | 'in' | 'out'>('starting')
export type Who = Pick<User, 'id' | 'username' | 'role'>
export const who = signal<Who | undefined>()
/** Whether somebody has used the app on this device before: they rather sign in than sign up. */
export const isKnownDevice = signal(false)

const device = shelf('device')

/** Tells other tabs, which then look anew. */
const tabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('moodstreak session')
tabs?.addEventListener('message', () => location.reload())
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') doubtOwner()
})

/**
 * From the device first, so that the app opens without a network; a cookie may know better.
 * @param onKnown called when somebody is known to be signed in, before what they have on the device is read.
 */
export async function startSession(onKnown: () => void): Promise<void> {
  const [last, known] = await Promise.all([device.get<Who>('who'), device.get<boolean>('known')])
  isKnownDevice.value = known === true
  if (last) {
    onKnown()
    await enter(last, last)
    void renewWho()
    return
  }
  try {
    await enter(await client.account.me())
  } catch (error) {
    if (!isUnreached(error)) throw error
    batch(() => {
      expired.value = false
      session.value = 'out'
    })
  }
}

/** @param last who was signed in here before, where that has been read already. */
async function enter({ id, username, role }: User | Who, last?: Who): Promise<void> {
  const mine = { id, username, role }
  const before = last ?? (await device.get<Who>('who'))
  // Nothing is written, and no disk waited for, on the way to the first screen of somebody who is known.
  if (!last) await Promise.all([device.put('who', mine), device.put('known', true)])
  if (before?.id !== id) tabs?.postMessage(null)
  if (before && before.id !== id) void stopPush()
  doubtOwner()
  const wasExpired = expired.value
  expired.value = false
  if (who.value?.id !== id) {
    sendFor(id, () => void signedInElsewhere())
    await openDevice(id)
  }
  batch(() => {
    isKnownDevice.value = true
    who.value = mine
    session.value = 'in'
  })
  if (wasExpired) void sync()
  // So that the browser does not clear what is not sent yet. Some ask the person; most decide by themselves.
  void navigator.storage?.persist?.().catch(() => {})
}

/** @throws {ApiProblem}, {NoAnswer}. */
export const signUp = async (body: SignUp): Promise<void> => enter(await client.signUp(body))

/**
 * Signs in, also anew when the server wants the password again. Somebody else than before gets a copy of their own.
 * @throws {ApiProblem}, {NoAnswer}.
 */
export const signIn = async (body: SignIn): Promise<void> => enter(await client.signIn(body))

/** Takes over a session that the browser's cookie has, as after a provider. */
export async function signedInElsewhere(): Promise<void> {
  const user = await client.account.me().catch(() => undefined)
  if (user) await enter(user)
}

/** The role may have changed since, or the name on another device. Without a network the last ones stay. */
async function renewWho(): Promise<void> {
  try {
    const { id, username, role } = await client.account.me()
    if (id === who.value?.id) await keepWho({ username, role })
  } catch (error) {
    passOver(error)
  }
}

/** Keeps what changed of the account, such as the username. */
export async function keepWho(changes: Partial<Who>): Promise<void> {
  if (!who.value || same({ ...who.value, ...changes }, who.value)) return
  who.value = { ...who.value, ...changes }
  await device.put('who', who.value)
}

/** Signs out and deletes the copy on the device, unsent writes included: ask first. */
export async function signOut(): Promise<void> {
  // Without an answer to this the browser's push service tells the server later.
  await endPush().catch(passOver)
  await client.signOut()
  await leave()
}

/** As `signOut`, where the session is gone already, such as after deleting the account. */
export async function leave(): Promise<void> {
  sendFor(undefined)
  await Promise.all([stopPush(), wipeDevice()])
  await device.delete('who')
  tabs?.postMessage(null)
  batch(() => {
    who.value = undefined
    expired.value = false
    session.value = 'out'
  })
}
