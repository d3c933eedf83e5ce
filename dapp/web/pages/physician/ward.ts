import { computed, signal, useSignalEffect } from '@preact/signals'
import { now } from '../../shell/clock.ts'
import { noticeChange, readingsChange } from '../../shell/feed.ts'
import { room } from '../../shell/session.ts'
import { explain } from '../../shell/trouble.ts'
import { brief } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { PatientRow } from '../../worker/physician/patients.ts'
import type { WardView } from '../../worker/physician/physician-desk.ts'
import type { WatchedAlarm } from '../../worker/physician/silences.ts'

/** Silences end by themselves: looked at so often, ms. */
const LOOK_MS = 5_000

/** What all pages of a physician show; undefined until the worker has said. */
export const ward = signal<WardView | undefined>(undefined)
export const wardTrouble = signal<string | undefined>(undefined)
const looks = computed(() => Math.floor(now.value / LOOK_MS))

/** Keep it as the worker has it, for as long as whoever calls is there. */
export function useWard(): void {
  useSignalEffect(() => {
    const asked = room.value
    void readingsChange.value
    void noticeChange.value
    void looks.value
    asked.physician.ward().then(
      (view) => {
        if (room.peek() === asked) ward.value = view
      },
      // The worker ended.
      () => {},
    )
  })
  useSignalEffect(() => {
    const asked = room.value
    ward.value = undefined
    wardTrouble.value = undefined
    asked.physician.open().catch((cause: unknown) => {
      wardTrouble.value = explain(cause)
    })
  })
}

/** As the physician calls them, or else by account. */
export const nameOf = ({ patient, name }: Pick<PatientRow, 'patient' | 'name'>) =>
  name ?? t('physician.patients.unnamed', { account: brief(patient) })

/** Alarms that nobody silenced here, of all patients. */
export const raised = computed<readonly WatchedAlarm[]>(() =>
  (ward.value?.patients ?? []).flatMap(({ alarms }) =>
    alarms.filter(({ endedAt, silentUntil }) => endedAt === undefined && silentUntil === undefined),
  ),
)
