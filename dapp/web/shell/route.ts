import { signal } from '@preact/signals'

/** The part of the address after `#/`: a place, and what in it. */
export interface Route {
  readonly place: string
  readonly rest: readonly string[]
}

function read(): Route {
  const [place = '', ...rest] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent)
  return { place, rest }
}

/** Where the page is. After `#`, so that no server sees it and every file server will do. */
export const route = signal<Route>(read())

export const linkTo = (place: string, ...rest: readonly string[]) =>
  `#/${[place, ...rest].map(encodeURIComponent).join('/')}`

export function go(place: string, ...rest: readonly string[]): void {
  location.hash = linkTo(place, ...rest)
}

export function watchRoute(): void {
  addEventListener('hashchange', () => {
    route.value = read()
    // Who listens or uses keys begins at the top of the new page, as with any other link.
    scrollTo(0, 0)
    document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true })
  })
}
