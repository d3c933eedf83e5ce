import { useSignal } from '@preact/signals'
import { Icon } from '../../design/icon.tsx'
import type { BatchPlace } from '../../readings/reading.ts'
import { t } from '../../words/words.ts'
import { ProofDialog } from './proof.tsx'

const CLASSES = { stored: 'chip', anchored: 'chip chip-good', quarantined: 'chip chip-bad' } as const

/** Where the batch of a reading is; a click checks it. */
export function Placed({ cid, place }: { readonly cid: string; readonly place: BatchPlace }) {
  const checked = useSignal<string | undefined>(undefined)
  return (
    <>
      <button
        type="button"
        class={`${CLASSES[place]} chip-button`}
        onClick={() => {
          checked.value = cid
        }}
      >
        <Icon name="records" size={14} />
        {t(`records.${place}`)}
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
