import { ApiProblem } from '../../client/src/problem.ts'
import type { NewPushSubscription, PushSettings } from '../../client/src/wire.ts'
import { client } from './client.ts'
import { ownShelf } from './device.ts'

/**
 * Reminders on this device. The browser has a subscription at its push service, and the server an id for it, which is kept
 * beside the copy of the person: who signs in next on this device is asked anew.
 */

export type PushState = 'plain-http' | 'unsupported' | 'denied' | 'off' | 'on'

const kept = 'push'

/**
 * Whether the person is reminded on this device.
 * @param settings as the server tells them.
 */
export async function pushState({ public_key, subscriptions }: PushSettings): Promise<PushState> {
  if (!window.isSecureContext) return 'plain-http'
  const registration = await worker()
  if (!registration || !('PushManager' in window) || !('Notification' in window)) return 'unsupported'
  if (Notification.permission === 'denied') return 'denied'
  const [own, id] = [await registration.pushManager.getSubscription(), await idHere()]
  const isKnown = own !== null && isFor(own, public_key) && subscriptions.some(one => one.id === id)
  return isKnown ? 'on' : 'off'
}

/** The server's id of this device, if it is subscribed. */
export const idHere = async (): Promise<string | undefined> => ownShelf()?.get<string>(kept)

/**
 * Asks the person, subscribes at the browser's push service, and tells the server. Has to be called from a tap.
 * @returns whether the person allowed it.
 * @throws {ApiProblem}, {NoAnswer}; {DOMException} when the push service does not take it.
 */
export async function startPush(): Promise<boolean> {
  // First of all: some browsers ask only while the tap is fresh.
  if ((await Notification.requestPermission()) !== 'granted') return false
  const registration = await worker()
  const { public_key } = await client.push.get()
  // Of an earlier key or person: browsers refuse a second one beside it.
  await stopPush()
  const subscription = await registration?.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: public_key,
  })
  if (!subscription) return false
  const { endpoint, keys } = subscription.toJSON() as NewPushSubscription
  try {
    const { id } = await client.push.subscribe({ endpoint, keys })
    await ownShelf()?.put(kept, id)
  } catch (error) {
    await subscription.unsubscribe()
    throw error
  }
  return true
}

/**
 * Ends the subscription of the browser, such as after signing out: its push service then tells the server so. Never fails,
 * and needs no session.
 */
export async function stopPush(): Promise<void> {
  try {
    const subscription = await (await worker())?.pushManager?.getSubscription()
    await subscription?.unsubscribe()
  } catch {
    // Without a network some push services cannot be told. The server drops what it fails to reach.
  }
}

/**
 * As `stopPush`, and tells the server.
 * @throws {ApiProblem}, {NoAnswer}.
 */
export async function endPush(): Promise<void> {
  const id = await idHere()
  if (id === undefined) return
  await client.push.unsubscribe(id).catch(unlessGone)
  await ownShelf()?.delete(kept)
  await stopPush()
}

/** The server may have dropped the device before. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ApiProblem && error.status === 404)) throw error
}

async function worker(): Promise<ServiceWorkerRegistration | undefined> {
  return 'serviceWorker' in navigator ? navigator.serviceWorker.getRegistration('/app/') : undefined
}

/** Whether a subscription is made with a key, which the server renews when its secret changes. */
function isFor({ options }: PushSubscription, publicKey: string): boolean {
  if (!options.applicationServerKey) return false
  const text = btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey)))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') === publicKey
}
