import { signal } from '@preact/signals'
import { scriptUrl } from './trusted.ts'

/** Takes the version that waits, where there is one. */
export const waitingVersion = signal<(() => void) | undefined>(undefined)

/** Register the service worker, and notice when it has fetched another version of the page. */
export function watchVersions(): void {
  if (!('serviceWorker' in navigator) || !isSecureContext) return
  let isTaking = false
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (isTaking) location.reload()
  })
  const offer = (worker: ServiceWorker | null) => {
    if (worker === null || navigator.serviceWorker.controller === null) return
    waitingVersion.value = () => {
      isTaking = true
      worker.postMessage('take')
    }
  }
  navigator.serviceWorker.register(scriptUrl('./service-worker.js'), { updateViaCache: 'none' }).then(
    (registration) => {
      offer(registration.waiting)
      registration.addEventListener('updatefound', () => {
        const { installing } = registration
        installing?.addEventListener('statechange', () => {
          if (installing.state === 'installed') offer(installing)
        })
      })
    },
    // An origin whose certificate is not trusted has no service worker: everything else works.
    () => {},
  )
}
