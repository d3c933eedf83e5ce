import { Chip, Loading, Trouble } from '../../design/feedback.tsx'
import { Icon } from '../../design/icon.tsx'
import { useAsk } from '../../shell/ask.ts'
import { now } from '../../shell/clock.ts'
import type { Remote } from '../../shell/room.ts'
import { linkTo, route } from '../../shell/route.ts'
import { room } from '../../shell/session.ts'
import { age, brief, minutes } from '../../words/format.ts'
import { hasWords, t } from '../../words/words.ts'
import type { PatientDesk } from '../../worker/patient-desk.ts'
import { Pair } from './pair.tsx'

type Device = Awaited<ReturnType<Remote<PatientDesk>['devices']>>[number]

export function Devices() {
  return route.value.rest[0] === 'pair' ? <Pair /> : <List />
}

function List() {
  const devices = useAsk(() => room.value.patient.devices())
  const shown = devices.value.value
  return (
    <>
      <div class="row row-apart">
        <h1>{t('devices.title')}</h1>
        <a class="button button-main" href={linkTo('devices', 'pair')}>
          {t('devices.pair')}
        </a>
      </div>
      <Trouble text={devices.trouble.value} />
      {shown === undefined ? (
        devices.trouble.value === undefined && <Loading />
      ) : shown.length === 0 ? (
        <p class="quiet">{t('devices.none')}</p>
      ) : (
        <div class="tiles">
          {shown.map((device) => (
            <Card key={device.device} device={device} />
          ))}
        </div>
      )}
    </>
  )
}

function Card({
  device: { device, status, lastSeen, standing, isEnteredByHand },
}: {
  readonly device: Device
}) {
  const key = `devices.status.${status}`
  return (
    <article class="card stack stack-tight">
      <div class="row row-apart">
        <h2>{isEnteredByHand ? t('devices.byHand') : <code class="ltr">{brief(device)}</code>}</h2>
        <Chip tone={status === 'bound' ? 'good' : 'warn'}>{hasWords(key) ? t(key) : status}</Chip>
      </div>
      {isEnteredByHand && (
        <p class="small quiet">
          {t('devices.byHandText')} <code class="ltr">{brief(device)}</code>
        </p>
      )}
      <p class="small quiet">
        {lastSeen == null ? t('devices.never') : t('devices.seen', { age: age(lastSeen, now.value) })}
      </p>
      {standing != null && (
        <>
          {standing.sensorsAway > 0 && (
            <p class="row row-close">
              <Icon name="warn" size={16} />
              {t('devices.away', { count: standing.sensorsAway, all: standing.sensors })}
            </p>
          )}
          <p class="small quiet">{t('devices.spool', { length: minutes(standing.spoolHours * 60) })}</p>
          <p class="small quiet">{t('devices.keys', { days: standing.labelKeyDays })}</p>
          <p class="small quiet">{t('devices.version', { version: standing.version })}</p>
        </>
      )}
    </article>
  )
}
