import { Chip } from '../../../design/feedback.tsx'
import { brief, dayAndTime } from '../../../words/format.ts'
import { hasWords, t } from '../../../words/words.ts'
import type { AuditEntryLine } from '../../../worker/patient-desk.ts'

const TONES = { anchored: 'good', pending: undefined, false: 'bad' } as const
/** Who wants more exports it. */
const ROWS = 100

/** What the hospitals logged of this patient, each line checked against its signature and the chain. */
export function AuditLog({ log }: { readonly log: readonly AuditEntryLine[] }) {
  return (
    <section class="card stack">
      <h2>{t('sharing.log')}</h2>
      {log.length === 0 ? (
        <p class="quiet">{t('sharing.logNone')}</p>
      ) : (
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">{t('sharing.when')}</th>
                <th scope="col">{t('sharing.who')}</th>
                <th scope="col">{t('sharing.did')}</th>
                <th scope="col">{t('sharing.proven')}</th>
              </tr>
            </thead>
            <tbody>
              {log.slice(0, ROWS).map((entry) => (
                <Row key={`${entry.hospital} ${entry.index}`} entry={entry} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Row({
  entry: { at, event, physician, batches, reason, proof },
}: {
  readonly entry: AuditEntryLine
}) {
  const key = `sharing.event.${event}`
  const isAboutNobody = /^0x0+$/.test(physician)
  return (
    <tr>
      <td>{dayAndTime(at)}</td>
      <td>
        {isAboutNobody ? (
          t('sharing.you')
        ) : (
          <code class="ltr" title={physician}>
            {brief(physician)}
          </code>
        )}
      </td>
      <td>
        {hasWords(key) ? t(key) : event}
        {batches > 0 && ` · ${t('sharing.batches', { count: batches })}`}
        <Why event={event} reason={reason} />
      </td>
      <td>
        <Chip tone={TONES[proof]}>{t(`sharing.proof.${proof}`)}</Chip>
      </td>
    </tr>
  )
}

/** Why it was refused, in words; what an emergency is, as the physician wrote it. */
function Why({ event, reason }: Pick<AuditEntryLine, 'event' | 'reason'>) {
  if (reason === '') return null
  const key = `sharing.why.${reason}`
  const text = event !== 'refused' ? `“${reason}”` : hasWords(key) ? t(key) : reason
  return <p class="small quiet">{text}</p>
}
