import { Loading } from '../../../design/feedback.tsx'
import { feed } from '../../../shell/feed.ts'
import { t } from '../../../words/words.ts'
import type { PatientRow } from '../../../worker/physician/patients.ts'
import { isWaveformChannel } from '../../common/curves.ts'
import { Tile } from '../../common/tile.tsx'
import { whoseAmong } from '../../common/whose.ts'

/** The newest of each channel. */
export function Readings({ row }: { readonly row: PatientRow }) {
  const latest = row.latest.filter(({ channel }) => !isWaveformChannel(channel))
  if (latest.length > 0) {
    const whose = whoseAmong(latest)
    return (
      <div class="tiles">
        {latest.map((one) => (
          <Tile key={`${one.device} ${one.channel}`} latest={one} whose={whose(one)} />
        ))}
      </div>
    )
  }
  if (feed.value === undefined) return <Loading text={t('now.wait')} />
  return (
    <section class="card">
      <p class="quiet">{t('physician.patients.noReading')}</p>
    </section>
  )
}
