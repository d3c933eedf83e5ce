import { useEffect } from 'preact/hooks'
import { Icon } from '../../design/icon.tsx'
import type { Finding, Tone } from '../../operations/finding.ts'
import { worst } from '../../operations/finding.ts'
import { now } from '../../shell/clock.ts'
import { linkTo } from '../../shell/route.ts'
import { t } from '../../words/words.ts'
import { doingText, findingText } from './finding-text.ts'
import { Freshness, Staleness } from './frame.tsx'
import { useLook } from './look.ts'
import { ingest, proposals } from './looks.ts'
import { PARTS, type Part, WATCHED } from './parts.ts'
import { RateChart } from './rate-chart.tsx'
import { Shape, ToneMark } from './shape.tsx'

const LOOKS = PARTS.map((part) => WATCHED[part].look)

/** Is everything well, at one glance. */
export function Overview() {
  useEffect(() => {
    const stops = LOOKS.map((look) => look.watch())
    return () => {
      for (const stop of stops) stop()
    }
  }, [])
  const found = PARTS.map((part) => [part, toldOf(part)] as const)
  const tones = found.map(([, finding]) => finding?.tone ?? 'unknown')
  const isAllTold = found.every(([, finding]) => finding !== undefined)
  return (
    <>
      <div class="row row-apart">
        <h1>{t('operations.overview.title')}</h1>
        <Freshness looks={LOOKS} />
      </div>
      <Staleness looks={LOOKS} />
      {(isAllTold || worst(tones) !== 'unknown') && <Verdict tones={tones} isAllTold={isAllTold} />}
      <Waiting />
      <ul class="tiles tiles-parts bare">
        {found.map(([part, finding]) => (
          <li key={part}>
            <PartTile part={part} finding={finding} />
          </li>
        ))}
      </ul>
      <Arrivals />
    </>
  )
}

/** What is so old that nobody knows whether it still holds is not told as a finding. */
function toldOf(part: Part): Finding | undefined {
  const { look, judge } = WATCHED[part]
  return look.isStale(now.value) ? undefined : judge(now.value)
}

function Verdict({ tones, isAllTold }: { readonly tones: readonly Tone[]; readonly isAllTold: boolean }) {
  const tone = worst(tones)
  const count = tones.filter((each) => each === tone).length
  const further = tones.filter((each) => each === 'warn').length
  const shown = tone === 'good' && !isAllTold ? 'unknown' : tone
  return (
    <section class={`verdict verdict-${shown}`} role="status">
      <Shape tone={shown} size={56} />
      <div class="stack stack-tight">
        <p class="verdict-text">
          {shown === 'good' || shown === 'unknown'
            ? t(shown === 'good' ? 'operations.overview.well' : 'operations.overview.unknown')
            : t(`operations.overview.${shown}`, { count })}
        </p>
        {shown === 'good' && <p class="quiet">{t('operations.overview.wellText')}</p>}
        {shown === 'bad' && further > 0 && <p>{t('operations.overview.warn', { count: further })}</p>}
      </div>
    </section>
  )
}

function PartTile({ part, finding }: { readonly part: Part; readonly finding: Finding | undefined }) {
  const doing = finding === undefined || finding.tone === 'good' ? undefined : doingText(finding)
  return (
    <a class="card part-tile" href={linkTo('systems', part)}>
      <span class="row row-apart">
        <span class="part-name">{t(`operations.part.${part}`)}</span>
        <ToneMark tone={finding?.tone ?? 'unknown'} />
      </span>
      <span>{finding === undefined ? t('loading') : findingText(finding)}</span>
      {doing !== undefined && <span class="small quiet">{doing}</span>}
    </a>
  )
}

function Waiting() {
  const open = useLook(proposals).value.value?.filter(({ state }) => state === 'open') ?? []
  if (open.length === 0) return null
  return (
    <a class="card row row-apart part-tile" href={linkTo('decisions')}>
      <span class="row">
        <Icon name="sharing" />
        {t('operations.overview.waiting', { count: open.length })}
      </span>
      <span class="tile-link">{t('operations.overview.look')}</span>
    </a>
  )
}

function Arrivals() {
  const view = ingest.value.value
  if (view === undefined) return null
  return (
    <section class="card stack stack-tight">
      <h2>{t('operations.overview.arrivals')}</h2>
      <RateChart history={view.history} what="taken" />
    </section>
  )
}
