import { Loading } from '../../../design/feedback.tsx'
import { feed } from '../../../shell/feed.ts'
import { t } from '../../../words/words.ts'
import type { PatientRow } from '../../../worker/physician/patients.ts'
import { Tile } from '../../common/tile.tsx'

/** The newest of each channel. */
export function Readings({ row: { latest } }: { readonly row: PatientRow }) {
  if (latest.length > 0) {
    return (
      <div class="tiles">
        {latest.map((one) => (
          <Tile key={`${one.device} ${one.channel}`} latest={one} />
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
