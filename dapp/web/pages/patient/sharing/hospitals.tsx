import { Chip, Trouble } from '../../../design/feedback.tsx'
import { useAsk } from '../../../shell/ask.ts'
import { room } from '../../../shell/session.ts'
import { brief } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import type { HospitalLine } from '../../../worker/patient-lines.ts'

export function useHospitals() {
  return useAsk(() => room.value.patient.hospitals())
}

/** The hospitals among which permissions are divided. */
export function Hospitals({
  hospitals,
  trouble,
}: {
  readonly hospitals: readonly HospitalLine[]
  readonly trouble: string | undefined
}) {
  const usable = hospitals.filter(({ host }) => host !== undefined).length
  return (
    <section class="card stack stack-tight">
      <h2>{t('hospitals.title')}</h2>
      <Trouble text={trouble} />
      <p class="small quiet">
        {usable > 1
          ? t('hospitals.text', { threshold: Math.floor(usable / 2) + 1, count: usable })
          : t('hospitals.alone')}
      </p>
      <ul class="plain-list stack stack-tight">
        {hospitals.map(({ hospital, host, isAway }) => (
          <li key={hospital} class="row row-apart">
            <span class="ltr">{host ?? brief(hospital)}</span>
            <Chip tone={isAway ? 'warn' : 'good'}>
              {t(host === undefined ? 'hospitals.unreached' : isAway ? 'hospitals.away' : 'hospitals.here')}
            </Chip>
          </li>
        ))}
      </ul>
    </section>
  )
}
