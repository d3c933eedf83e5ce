import type { DeviceView } from '@hygeia/dapp/staff/answers'
import { useSignal } from '@preact/signals'
import { Segments } from '../../../design/button.tsx'
import { Grid } from '../../../design/grid.tsx'
import type { Tone } from '../../../operations/finding.ts'
import { byWeight } from '../../../operations/finding.ts'
import { isAway, judgeDevices } from '../../../operations/judge.ts'
import { now } from '../../../shell/clock.ts'
import { age, minutes } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { Looking } from '../frame.tsx'
import { devices } from '../looks.ts'
import { Shape } from '../shape.tsx'

/** Nobody reads more rows, and a browser draws these at once. */
const SHOWN = 200

/** Each device under its name at this hospital: never whose it is. */
export function Devices() {
  const shown = useSignal<'every' | 'troubled'>('every')
  return (
    <Looking look={devices}>
      {(all) => (
        <>
          <p class="quiet">{t('operations.devices.text')}</p>
          {all.length > 0 && (
            <Segments
              name={t('operations.devices.show')}
              options={[
                ['every', t('operations.devices.every')],
                ['troubled', t('operations.devices.troubled')],
              ]}
              value={shown.value}
              onChoose={(chosen) => {
                shown.value = chosen
              }}
            />
          )}
          <List all={all} isTroubledOnly={shown.value === 'troubled'} />
        </>
      )}
    </Looking>
  )
}

const toneOf = (device: DeviceView): Tone => judgeDevices([device], now.value).tone

function List({
  all,
  isTroubledOnly,
}: {
  readonly all: readonly DeviceView[]
  readonly isTroubledOnly: boolean
}) {
  const judged = all.map((device) => ({ device, tone: toneOf(device) }))
  const shown = judged
    .filter(({ tone }) => !isTroubledOnly || tone !== 'good')
    .sort((a, b) => byWeight(a.tone, b.tone))
  if (shown.length === 0) {
    return (
      <p class="quiet">
        {t(all.length === 0 ? 'operations.devices.none' : 'operations.devices.troubledNone')}
      </p>
    )
  }
  return (
    <section class="card">
      <Grid
        name={t('operations.part.devices')}
        heads={[
          t('operations.devices.name'),
          t('operations.devices.seen'),
          t('operations.devices.spool'),
          t('operations.devices.sensors'),
          t('operations.devices.keys'),
          t('operations.devices.version'),
        ]}
        rows={shown
          .slice(0, SHOWN)
          .map(({ device, tone }) => ({ key: device.device, cells: cellsOf(device, tone) }))}
      />
      {shown.length > SHOWN && (
        <p class="quiet">{t('operations.devices.shown', { shown: SHOWN, all: shown.length })}</p>
      )}
    </section>
  )
}

function cellsOf(device: DeviceView, tone: Tone) {
  const { device: name, lastSeen, spoolHours, sensors, sensorsAway, labelKeyDays, version } = device
  return [
    <span class="row row-close">
      <Shape tone={tone} size={18} />
      <code class="ltr name">{name}</code>
      <span class="unseen">{t(`operations.tone.${tone}`)}</span>
    </span>,
    <span class={isAway(device, now.value) ? 'troubled' : undefined}>
      {lastSeen === null ? t('operations.never') : age(lastSeen, now.value)}
    </span>,
    spoolHours === null ? '–' : minutes(spoolHours * 60),
    sensors === null || sensorsAway === null ? (
      '–'
    ) : sensorsAway === 0 ? (
      t('operations.devices.all', { count: sensors })
    ) : (
      <span class="troubled">{t('operations.devices.away', { count: sensorsAway, all: sensors })}</span>
    ),
    labelKeyDays === null ? '–' : t('operations.devices.days', { count: labelKeyDays }),
    version === null ? '–' : <span class="ltr">{version}</span>,
  ]
}
