import { channelNamed } from '@hygeia/protocol/channel'
import { SEVERITY_LIMIT, symptomFromCode } from '@hygeia/protocol/symptom/symptom'
import { MINUTE_MS } from '@hygeia/protocol/units'
import { Icon } from '../../design/icon.tsx'
import { now } from '../../shell/clock.ts'
import { age, channelName, number, unitName } from '../../words/format.ts'
import { hasWords, t } from '../../words/words.ts'
import type { PlacedLatest } from '../../worker/readings-desk.ts'
import { Placed } from './placed.tsx'
import { Spark } from './spark.tsx'

/** Older than so is not "now". */
export const STALE_MS = 5 * MINUTE_MS

/** Digits after the point that a value is shown with: what its sensor can tell, no more than one. */
export const digitsOf = (channel: string) => {
  const { unit, perUnit } = channelNamed(channel)
  return unit === 'Cel' || unit === 'kg' || (unit === 'm/s2' && perUnit >= 10) ? 1 : 0
}

/** What a value of a channel says that is no quantity; undefined for one that is. */
export function saidBy(channel: string, value: number): string | undefined {
  switch (channel) {
    case 'symptom': {
      const said = symptomFromCode(value)
      if (said === undefined) return undefined
      const severity = { severity: number(said.severity), most: number(SEVERITY_LIMIT) }
      return `${t(`symptom.${said.symptom}`)} ${t('symptom.severity', severity)}`
    }
    case 'consciousness':
    case 'oxygen': {
      const key = `said.${channel}.${value}`
      return hasWords(key) ? t(key) : undefined
    }
    default:
      return undefined
  }
}

interface TileProps {
  readonly latest: PlacedLatest
  /** Names the device, where others measure the same. */
  readonly whose: string | undefined
}

/** One channel at a glance. */
export function Tile({ latest, whose }: TileProps) {
  const { channel, value, at, isSuspect, missing, trend, cid, place } = latest
  const said = value === undefined ? undefined : saidBy(channel, value)
  const isStale = now.value - at > STALE_MS
  const states = ['card', 'tile', isSuspect && 'tile-suspect', isStale && 'tile-stale']
  return (
    <article class={states.filter(Boolean).join(' ')}>
      <h2 class="small quiet">
        {channelName(channel)}
        {whose !== undefined && <code class="ltr whose">{whose}</code>}
      </h2>
      <p>
        {value === undefined ? (
          <span class="tile-value">–</span>
        ) : said !== undefined ? (
          <span class="tile-said">{said}</span>
        ) : (
          <>
            <span class="tile-value">{number(value, digitsOf(channel))}</span>
            <span class="tile-unit">{unitName(channelNamed(channel).unit)}</span>
          </>
        )}
      </p>
      <p class="row small quiet">
        {trend !== undefined && (
          <span class="row row-close">
            <Icon name={trend} size={16} />
            {t(`now.trend.${trend}`)}
          </span>
        )}
        <span>{t(isStale ? 'now.stale' : 'now.age', { age: age(at, now.value) })}</span>
      </p>
      <p>
        <Placed cid={cid} place={place} />
      </p>
      {isSuspect && <Mark text={t('now.suspect')} />}
      {missing !== undefined && <Mark text={t(`now.missing.${missing}`)} />}
      {said === undefined && <Spark latest={latest} />}
    </article>
  )
}

function Mark({ text }: { readonly text: string }) {
  return (
    <p class="row row-close small">
      <Icon name="warn" size={16} />
      {text}
    </p>
  )
}
