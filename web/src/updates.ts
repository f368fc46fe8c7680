import { signal } from '@preact/signals'

/** The service worker, and newer versions of the app: they start when somebody says so, or nobody looks and nothing is typed. */

/** Whether a newer version waits. */
export const updateReady = signal(false)
let waiting: ServiceWorker | undefined

export function startUpdates(): void {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) return
  void register().catch(() => {
    // Storage may be forbidden; the app works without.
  })
}

/** Asks for a newer version now, such as when the server seems to be newer than the app. */
export function lookForUpdate(): void {
  if (!('serviceWorker' in navigator)) return
  void navigator.serviceWorker
    .getRegistration('/app/')
    .then(it => it?.update())
    .catch(() => {})
}

async function register(): Promise<void> {
  const { serviceWorker } = navigator
  // The first one takes over a page that is up to date.
  let isFirst = serviceWorker.controller === null
  serviceWorker.addEventListener('controllerchange', () => {
    if (!isFirst) reloadUnlessTyping()
    isFirst = false
  })
  const registration = await serviceWorker.register('/app/sw.js', { scope: '/app/', updateViaCache: 'none' })
  const look = () => {
    if (registration.waiting && registration.active) {
      waiting = registration.waiting
      updateReady.value = true
    }
  }
  look()
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look))
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') lookForUpdate()
    else if (updateReady.value && !isTyping()) update()
  })
}

/** Starts the newer version. What is on the device stays; what is being typed would not. */
export function update(): void {
  if (waiting) waiting.postMessage('take over')
  else location.reload()
}

/** Another tab has started the newer version. */
function reloadUnlessTyping(): void {
  waiting = undefined
  updateReady.value = true
  if (!isTyping()) location.reload()
}

/** Fields that somebody has typed in since the page was loaded. */
const typedIn = new Set<HTMLInputElement | HTMLTextAreaElement>()
document.addEventListener('input', ({ target }) => {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement) typedIn.add(target)
})
document.addEventListener('submit', ({ target }) => {
  for (const field of typedIn) if (field.form === target) typedIn.delete(field)
})

/** Whether somebody is in the middle of something that would be lost: text that is not sent, an open form or dialog. */
export function isTyping(): boolean {
  if (document.querySelector('dialog[open], [data-unsaved]')) return true
  for (const field of typedIn) if (!field.isConnected) typedIn.delete(field)
  return [...typedIn].some(({ type, value }) => value !== '' && !['search', 'radio', 'checkbox'].includes(type))
}
