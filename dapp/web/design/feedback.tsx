import type { ComponentChildren } from 'preact'
import { t } from '../words/words.ts'
import { Icon } from './icon.tsx'

type Tone = 'info' | 'warn' | 'bad'

/** Something that one should know. */
export function Notice({
  tone = 'info',
  children,
}: {
  readonly tone?: Tone
  readonly children: ComponentChildren
}) {
  return (
    <div class={`notice notice-${tone}`} role={tone === 'info' ? 'status' : 'alert'}>
      <Icon name={tone === 'info' ? 'info' : 'warn'} />
      <div class="stack stack-tight">{children}</div>
    </div>
  )
}

/** What went wrong, if anything. */
export function Trouble({ text }: { readonly text: string | undefined }) {
  return text === undefined ? null : <Notice tone="bad">{text}</Notice>
}

export function Loading({ text }: { readonly text?: string }) {
  return (
    <p class="row quiet" role="status">
      <span class="spinner" aria-hidden="true" />
      {text ?? t('loading')}
    </p>
  )
}

/** A short state; its text says what its colour does. */
export function Chip({
  tone,
  children,
}: {
  readonly tone?: 'good' | 'warn' | 'bad' | undefined
  readonly children: ComponentChildren
}) {
  return <span class={tone === undefined ? 'chip' : `chip chip-${tone}`}>{children}</span>
}
