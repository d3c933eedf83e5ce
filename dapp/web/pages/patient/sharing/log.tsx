import { Chip } from '../../../design/feedback.tsx'
import { Grid } from '../../../design/grid.tsx'
import { brief, dayAndTime } from '../../../words/format.ts'
import { hasWords, t } from '../../../words/words.ts'
import type { AuditEntryLine } from '../../../worker/patient-lines.ts'

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
        <Grid
          name={t('sharing.log')}
          heads={[t('sharing.when'), t('sharing.who'), t('sharing.did'), t('sharing.proven')]}
          rows={log.slice(0, ROWS).map((entry) => ({
            key: `${entry.hospital} ${entry.index}`,
            cells: cellsOf(entry),
          }))}
        />
      )}
    </section>
  )
}

function cellsOf({ at, event, physician, batches, reason, proof }: AuditEntryLine) {
  const key = `sharing.event.${event}`
  const isAboutNobody = /^0x0+$/.test(physician)
  return [
    dayAndTime(at),
    isAboutNobody ? (
      t('sharing.you')
    ) : (
      <code class="ltr" title={physician}>
        {brief(physician)}
      </code>
    ),
    <>
      {hasWords(key) ? t(key) : event}
      {batches > 0 && ` · ${t('sharing.batches', { count: batches })}`}
      <Why event={event} reason={reason} />
    </>,
    <Chip tone={TONES[proof]}>{t(`sharing.proof.${proof}`)}</Chip>,
  ]
}

/** Why it was refused, in words; what an emergency is, as the physician wrote it. */
function Why({ event, reason }: Pick<AuditEntryLine, 'event' | 'reason'>) {
  if (reason === '') return null
  const key = `sharing.why.${reason}`
  const text = event !== 'refused' ? `“${reason}”` : hasWords(key) ? t(key) : reason
  return <p class="small quiet">{text}</p>
}
