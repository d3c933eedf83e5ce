import { useSignal, useSignalEffect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Chip, Trouble } from '../../../design/feedback.tsx'
import { useAsk } from '../../../shell/ask.ts'
import { RoomError } from '../../../shell/room.ts'
import { room } from '../../../shell/session.ts'
import { explain } from '../../../shell/trouble.ts'
import { dayAndTime } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'

/** What was entered here and is not in the register yet: nothing of it is lost. */
export function WaitingEntries() {
  const changes = useSignal(0)
  const trouble = useSignal<string | undefined>(undefined)
  useSignalEffect(() =>
    room.value.on('entries', (told) => {
      changes.value = changes.peek() + 1
      trouble.value = told.trouble === undefined ? undefined : explain(new RoomError(told.trouble))
    }),
  )
  useEffect(() => {
    room.value.entries.send().catch(() => {})
  }, [])
  const waiting = useAsk(() => {
    void changes.value
    return room.value.entries.waiting()
  })
  const shown = waiting.value.value ?? []
  return (
    <>
      <Trouble text={trouble.value ?? waiting.trouble.value} />
      {shown.length > 0 && (
        <section class="card stack stack-tight">
          <h2>{t('enter.waiting')}</h2>
          <p class="small quiet">{t('enter.waitingText')}</p>
          <ul class="stack stack-tight plain-list">
            {shown.map(({ cid, at, place }) => (
              <li key={cid} class="row row-apart">
                <span>{dayAndTime(at)}</span>
                <Chip>{t(place === 'here' ? 'records.onBrowser' : 'records.stored')}</Chip>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}
