import { effect, signal } from '@preact/signals'
import { theme } from '../shell/theme.ts'

/** What a canvas needs of the design, which CSS gives to everything else. */
export interface Colours {
  readonly ink: string
  readonly quiet: string
  readonly edge: string
  readonly accent: string
  readonly soft: string
  readonly warn: string
  readonly font: string
}

function read(): Colours {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    ink: of('ink'),
    quiet: of('ink-quiet'),
    edge: of('edge'),
    accent: of('accent'),
    soft: of('accent-soft'),
    warn: of('medium'),
    font: `12px ${of('font')}`,
  }
}

/** Those of the theme that is shown. */
export const colours = signal<Colours>(read())

effect(() => {
  void theme.value
  // Once the document has the theme.
  queueMicrotask(() => {
    colours.value = read()
  })
})
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colours.value = read()
})

// Paper is light, and what is drawn goes to it as it is.
addEventListener('beforeprint', () => {
  const { style } = document.documentElement
  style.colorScheme = 'light'
  colours.value = read()
  style.colorScheme = ''
})
addEventListener('afterprint', () => {
  colours.value = read()
})
