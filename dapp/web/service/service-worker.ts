/// <reference lib="webworker" />
// Serves the pages from this browser, so that they begin at once and offline; holds no keys and no readings.
declare const self: ServiceWorkerGlobalScope
/** Of all files of this build but this one; another build is another service worker. */
declare const VERSION: string

const CACHE = `hygeia-${VERSION}`
const LISTING = 'dapp.json'

interface Listing {
  readonly files: Readonly<Record<string, string>>
}

/** Fetch every file of the build, and take none that is not what the listing says. */
async function fetchAll(): Promise<void> {
  const cache = await caches.open(CACHE)
  const answered = await fetch(LISTING, { cache: 'no-store' })
  const { files } = (await answered.clone().json()) as Listing
  const pages = Object.entries(files).filter(([path]) => path !== 'service-worker.js')
  await Promise.all(pages.map(([path, sha256]) => put(cache, path, sha256)))
  await cache.put(LISTING, answered)
}

/** @throws {Error} when it is not what the listing says: then what was kept stays */
async function put(cache: Cache, path: string, sha256: string): Promise<void> {
  const response = await fetch(path, { cache: 'no-cache' })
  const bytes = await response.clone().arrayBuffer()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const found = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  if (!response.ok || found !== sha256) throw new Error(`${path} is not what ${LISTING} says`)
  await cache.put(path, response)
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))
}

/** What decides which hospitals a page and its worker may ask: by its headers, which change while its bytes do not. */
const POLICED = /^(index\.html|assets\/worker-.*\.js)$/

/** The same files with the headers of today, for the next start: hospitals join a consortium between two builds. */
async function renewPolicy(): Promise<void> {
  const cache = await caches.open(CACHE)
  const listed = await cache.match(LISTING)
  const { files } = (await listed?.json()) as Listing
  for (const [path, sha256] of Object.entries(files)) {
    if (POLICED.test(path)) await put(cache, path, sha256)
  }
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE)
  const wanted = request.mode === 'navigate' ? 'index.html' : request
  return (await cache.match(wanted, { ignoreSearch: true, ignoreVary: true })) ?? fetch(request)
}

self.addEventListener('install', (event) => event.waitUntil(fetchAll()))
self.addEventListener('activate', (event) => event.waitUntil(forgetOthers().then(() => self.clients.claim())))
self.addEventListener('message', ({ data }) => {
  if (data === 'take') void self.skipWaiting()
})
self.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url)
  const isPage = event.request.method === 'GET' && origin === self.location.origin
  // What the hospital says is never from a cache.
  if (isPage && !/^\/(v1|metrics|healthz|readyz|openapi)/.test(pathname))
    event.respondWith(answer(event.request))
  // Of another build, or nobody is there: what is kept goes on.
  if (event.request.mode === 'navigate') event.waitUntil(renewPolicy().catch(() => {}))
})

/** Content-free: the hospital says that there is something to see, and nothing of what. */
self.addEventListener('push', (event) => {
  event.waitUntil(
    self.registration.showNotification('Hygeia', {
      body: self.navigator.language.startsWith('ar')
        ? 'هناك ما يستحق أن تراه.'
        : 'There is something to see.',
      icon: 'icon-192.png',
      tag: 'hygeia',
    }),
  )
})
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(
    self.clients.matchAll({ type: 'window' }).then(async ([open]) => {
      await (open === undefined ? self.clients.openWindow('./') : open.focus())
    }),
  )
})
