import { Button } from '../../design/button.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { Chip, Loading, Notice, Trouble } from '../../design/feedback.tsx'
import { Icon } from '../../design/icon.tsx'
import { useAsk } from '../../shell/ask.ts'
import { useReadings } from '../../shell/readings.ts'
import { number } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { Proof } from '../../worker/readings-desk.ts'
import { noteProof } from './outcomes.ts'

const TONES = { proven: 'good', refuted: 'bad', open: 'warn' } as const
const HOLDS = { true: 'records.holds', false: 'records.fails', unknown: 'records.open' } as const

/** What proves that a batch was stored: asked for and checked when this is opened. */
export function ProofDialog({ cid, onClose }: { readonly cid: string; readonly onClose: () => void }) {
  const readings = useReadings()
  const asked = useAsk(async () => {
    const proof = await readings.prove(cid)
    noteProof(cid, proof)
    return { proof }
  })
  const found = asked.value.value
  return (
    <Dialog title={t('records.check')} onClose={onClose}>
      <code class="ltr small">{cid}</code>
      <Trouble text={asked.trouble.value} />
      {found === undefined ? (
        asked.trouble.value === undefined && <Loading text={t('records.working')} />
      ) : found.proof === undefined ? (
        <Notice>{t('records.notYet')}</Notice>
      ) : (
        <Facts proof={found.proof} />
      )}
      <div class="row">
        <Button onClick={onClose}>{t('close')}</Button>
      </div>
    </Dialog>
  )
}

function Facts({ proof: { verdict, root, blockNumber, transaction, path } }: { readonly proof: Proof }) {
  return (
    <>
      <div>
        <Chip tone={TONES[verdict.outcome]}>
          <Icon name={verdict.outcome === 'proven' ? 'done' : 'warn'} size={14} />
          {t(`records.outcome.${verdict.outcome}`)}
        </Chip>
      </div>
      <dl class="facts small">
        <dt>{t('records.block')}</dt>
        <dd>{number(blockNumber)}</dd>
        <dt>{t('records.root')}</dt>
        <dd>
          <code class="ltr">{root}</code>
        </dd>
        <dt>{t('records.transaction')}</dt>
        <dd>
          <code class="ltr">{transaction}</code>
        </dd>
        <dt>{t('records.path')}</dt>
        <dd class="stack stack-tight">
          <span>{t('records.hashes', { count: path.length })}</span>
          {path.map((hash) => (
            <code key={hash} class="ltr">
              {hash}
            </code>
          ))}
        </dd>
      </dl>
      <details>
        <summary>{t('records.claims')}</summary>
        <ul class="small">
          {verdict.checks.map(({ claim, outcome, detail }) => (
            <li key={claim}>
              <span lang="en">{claim}</span>: <strong>{t(HOLDS[outcome])}</strong>
              <br />
              <span class="quiet ltr" lang="en">
                {detail}
              </span>
            </li>
          ))}
        </ul>
      </details>
    </>
  )
}
