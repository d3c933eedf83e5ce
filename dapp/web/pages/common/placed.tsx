import { useSignal } from '@preact/signals'
import { Icon } from '../../design/icon.tsx'
import type { BatchPlace } from '../../readings/reading.ts'
import { t } from '../../words/words.ts'
import { outcomes } from './outcomes.ts'
import { ProofDialog } from './proof.tsx'

const CLASSES = { stored: 'chip', anchored: 'chip chip-good', quarantined: 'chip chip-bad' } as const

/** Where the batch of a reading is; a click checks it. */
export function Placed({ cid, place }: { readonly cid: string; readonly place: BatchPlace }) {
  const checked = useSignal<string | undefined>(undefined)
  const isRefuted = outcomes.value.get(cid) === 'refuted'
  return (
    <>
      <button
        type="button"
        class={`${isRefuted ? 'chip chip-bad' : CLASSES[place]} chip-button`}
        onClick={() => {
          checked.value = cid
        }}
      >
        <Icon name={isRefuted ? 'warn' : 'records'} size={14} />
        {t(isRefuted ? 'records.outcome.refuted' : `records.${place}`)}
        <span class="unseen">: {t('records.check')}</span>
      </button>
      {checked.value !== undefined && (
        <ProofDialog
          cid={checked.value}
          onClose={() => {
            checked.value = undefined
          }}
        />
      )}
    </>
  )
}
