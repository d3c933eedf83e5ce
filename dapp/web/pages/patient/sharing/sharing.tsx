import { useSignal } from '@preact/signals'
import { Loading, Trouble } from '../../../design/feedback.tsx'
import { useAsk } from '../../../shell/ask.ts'
import { noticeChange } from '../../../shell/feed.ts'
import { room } from '../../../shell/session.ts'
import { t } from '../../../words/words.ts'
import { GiveGrant } from './give.tsx'
import { GrantCard } from './grant-card.tsx'
import { Hospitals, useHospitals } from './hospitals.tsx'
import { AuditLog } from './log.tsx'

/** Who may see what, what they did with it, and taking it back. */
export function Sharing() {
  const changes = useSignal(0)
  const onChange = () => {
    changes.value++
  }
  const grants = useAsk(() => {
    void changes.value
    void noticeChange.value
    return room.value.patient.grants()
  })
  const audit = useAsk(() => {
    void changes.value
    void noticeChange.value
    return room.value.patient.audit()
  })
  const hospitals = useHospitals()
  const known = hospitals.value.value
  const isAlone = known !== undefined && known.filter(({ host }) => host !== undefined).length < 2
  const shown = grants.value.value
  const log = audit.value.value ?? []
  const standing = new Set(
    (shown ?? []).filter(({ state }) => state === 'active' || state === 'sealed').map(({ hash }) => hash),
  )
  return (
    <>
      <div class="stack stack-tight">
        <h1>{t('sharing.title')}</h1>
        <p class="quiet">{t('sharing.text')}</p>
      </div>
      <div class="beside">
        <section class="stack">
          <h2>{t('sharing.list')}</h2>
          <Trouble text={grants.trouble.value} />
          {shown === undefined ? (
            grants.trouble.value === undefined && <Loading />
          ) : shown.length === 0 ? (
            <p class="quiet">{t('sharing.none')}</p>
          ) : (
            shown.map((grant) => <GrantCard key={grant.hash} grant={grant} log={log} onChange={onChange} />)
          )}
        </section>
        <div class="stack">
          <GiveGrant onGiven={onChange} standing={standing} isAlone={isAlone} />
          {known !== undefined && <Hospitals hospitals={known} trouble={hospitals.trouble.value} />}
        </div>
      </div>
      <Trouble text={audit.trouble.value} />
      <AuditLog log={log} />
    </>
  )
}
