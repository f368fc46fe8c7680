/// <reference lib="webworker" />

import { reminder } from './worker-texts.ts'

/**
 * The service worker: the app opens without a network, and reminds. It keeps the files of one build, and nothing of the API: what the
 * person wrote is in IndexedDB, by the pages.
 */

const worker = self as unknown as ServiceWorkerGlobalScope
/** Filled in by the build. */
declare const PRECACHE: { version: string; files: string[] }

const { version, files } = PRECACHE
const prefix = 'moodstreak '
const cacheName = prefix + version
const shell = '/app/'
const hashed = '/app/assets/'

worker.addEventListener('install', event => {
  event.waitUntil(fill())
})

/** What has a hash in its name may come from the cache of the browser; the rest has to be new. */
async function fill(): Promise<void> {
  const cache = await caches.open(cacheName)
  const requests = files.map(file => new Request(file, { cache: file.startsWith(hashed) ? 'default' : 'reload' }))
  await cache.addAll(requests)
  // The first worker has nobody to wait for; later ones wait until a page says that nothing is being typed.
  if (!worker.registration.active) await worker.skipWaiting()
}

worker.addEventListener('activate', event => {
  event.waitUntil(takeOver())
})

async function takeOver(): Promise<void> {
  const names = await caches.keys()
  const old = names.filter(name => name.startsWith(prefix) && name !== cacheName)
  await Promise.all(old.map(name => caches.delete(name)))
  await worker.clients.claim()
}

worker.addEventListener('message', ({ data }) => {
  if (data === 'take over') void worker.skipWaiting()
})

worker.addEventListener('fetch', event => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== worker.location.origin || !pathname.startsWith(shell)) return
  if (request.mode === 'navigate') event.respondWith(kept(shell, request))
  else if (files.includes(pathname)) event.respondWith(kept(pathname, request))
})

/** From the cache of this build; where the browser has emptied it, from the server. */
async function kept(file: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName)
  return (await cache.match(file)) ?? fetch(request)
}

/**
 * The words are the app's, whatever was pushed. It is always shown: browsers demand that, and the server pushes nothing once
 * today is logged there. A later reminder takes the place of an earlier one.
 */
worker.addEventListener('push', event => {
  const { title, body } = reminder
  event.waitUntil(worker.registration.showNotification(title, { body, tag: 'streak', icon: '/app/icon-192.png' }))
})

worker.addEventListener('notificationclick', event => {
  event.notification.close()
  event.waitUntil(openApp())
})

/** Brings the app to the front as it is: somebody may be typing in it. */
async function openApp(): Promise<void> {
  const pages = await worker.clients.matchAll({ type: 'window' })
  const page = pages.find(({ url }) => new URL(url).pathname.startsWith(shell))
  await (page ? page.focus() : worker.clients.openWindow(shell))
}
