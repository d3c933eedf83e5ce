import type { Tone } from '../../operations/finding.ts'
import { t } from '../../words/words.ts'

/** Told apart by their outline alone: a disc, a triangle, an octagon, a dashed ring. */
const OUTLINES: Readonly<Record<Tone, { readonly outline: string; readonly sign: string }>> = {
  good: { outline: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z', sign: 'M8 12.3l2.7 2.7L16 9.5' },
  warn: { outline: 'M12 3.5 2 20.5h20z', sign: 'M12 10v5M12 17.6v.1' },
  bad: { outline: 'M8 2.8h8L21.2 8v8L16 21.2H8L2.8 16V8z', sign: 'M8.8 8.8l6.4 6.4M15.2 8.8l-6.4 6.4' },
  unknown: { outline: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z', sign: 'M8 12h8' },
}

/** How something is, as a shape; words stand beside it. */
export function Shape({ tone, size = 24 }: { readonly tone: Tone; readonly size?: number }) {
  const { outline, sign } = OUTLINES[tone]
  return (
    <svg
      class={`shape shape-${tone}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path class="shape-ground" d={outline} stroke-dasharray={tone === 'unknown' ? '3 3' : undefined} />
      <path class="shape-sign" d={sign} />
    </svg>
  )
}

/** The same with its word. */
export function ToneMark({ tone }: { readonly tone: Tone }) {
  return (
    <span class={`tone tone-${tone}`}>
      <Shape tone={tone} size={18} />
      {t(`operations.tone.${tone}`)}
    </span>
  )
}
