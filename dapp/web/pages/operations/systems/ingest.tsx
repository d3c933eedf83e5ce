import type { IngestView } from '@hygeia/dapp/staff/answers'
import { Grid } from '../../../design/grid.tsx'
import { now } from '../../../shell/clock.ts'
import { age, number } from '../../../words/format.ts'
import { hasWords, t } from '../../../words/words.ts'
import { Account } from '../account.tsx'
import { Figure, Figures } from '../figures.tsx'
import { Looking } from '../frame.tsx'
import { ingest } from '../looks.ts'
import { RateChart } from '../rate-chart.tsx'
import { reasonText } from '../reason-text.ts'

const INCIDENTS_SHOWN = 50

/** What arrives, what is refused and why, and what contradicts itself. */
export function Ingest() {
  return (
    <Looking look={ingest}>
      {(view) => (
        <>
          <Rates view={view} />
          <Contradictions view={view} />
          <div class="beside beside-even">
            <Outcomes view={view} />
            <Causes view={view} />
          </div>
          <Incidents view={view} />
        </>
      )}
    </Looking>
  )
}

function Rates({ view: { history } }: { readonly view: IngestView }) {
  return (
    <div class="beside beside-even">
      {(['taken', 'refused'] as const).map((what) => (
        <section key={what} class="card stack stack-tight">
          <h2>
            {t(`operations.ingest.${what}`)}{' '}
            <span class="small quiet">{t('operations.ingest.perMinute')}</span>
          </h2>
          <RateChart history={history} what={what} />
        </section>
      ))}
    </div>
  )
}

function Contradictions({ view: { perMinute, quarantined, forkedDevices } }: { readonly view: IngestView }) {
  return (
    <Figures>
      <Figure
        name={t('operations.ingest.perMinute')}
        value={number(perMinute, 1)}
        note={t('operations.ingest.lately')}
      />
      <Figure
        name={t('operations.ingest.quarantine')}
        value={number(quarantined)}
        note={t('operations.ingest.quarantineText')}
      />
      <Figure
        name={t('operations.ingest.forks')}
        value={number(forkedDevices.length)}
        note={
          forkedDevices.length === 0
            ? t('operations.ingest.forksNone')
            : forkedDevices.map((name) => (
                <code key={name} class="ltr device-name">
                  {name}
                </code>
              ))
        }
      />
    </Figures>
  )
}

function Outcomes({ view: { outcomes } }: { readonly view: IngestView }) {
  const name = t('operations.ingest.since')
  const heads = [t('operations.ingest.outcome'), t('operations.ingest.door'), t('operations.ingest.number')]
  return (
    <section class="card stack">
      <h2>{name}</h2>
      <Grid
        name={name}
        heads={heads}
        rows={outcomes.map(({ door, outcome, count }) => {
          const key = `operations.ingest.outcomes.${outcome}`
          return {
            key: `${door} ${outcome}`,
            cells: [hasWords(key) ? t(key) : outcome, <code class="ltr">{door}</code>, number(count)],
          }
        })}
      />
    </section>
  )
}

function Causes({ view: { refusals } }: { readonly view: IngestView }) {
  const name = t('operations.ingest.causes')
  const heads = [t('operations.ingest.cause'), t('operations.ingest.door'), t('operations.ingest.number')]
  const counted = refusals.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
  return (
    <section class="card stack">
      <h2>{name}</h2>
      {counted.length === 0 ? (
        <p class="quiet">{t('operations.ingest.causesNone')}</p>
      ) : (
        <Grid
          name={name}
          heads={heads}
          rows={counted.map(({ door, reason, count }) => ({
            key: `${door} ${reason}`,
            cells: [reasonText(reason), <code class="ltr">{door}</code>, number(count)],
          }))}
        />
      )}
    </section>
  )
}

function Sender({ device, hospital }: IngestView['incidents'][number]) {
  if (hospital !== null) return <Account account={hospital} />
  if (device !== null) return <code class="ltr">{device}</code>
  return <span class="quiet">{t('operations.ingest.stranger')}</span>
}

function Incidents({ view: { incidents } }: { readonly view: IngestView }) {
  const name = t('operations.ingest.incidents')
  const heads = [
    t('operations.ingest.cause'),
    t('operations.ingest.sender'),
    t('operations.ingest.door'),
    t('operations.ingest.number'),
    t('operations.ingest.last'),
  ]
  return (
    <section class="card stack">
      <h2>{name}</h2>
      {incidents.length === 0 ? (
        <p class="quiet">{t('operations.ingest.incidentsNone')}</p>
      ) : (
        <Grid
          name={name}
          heads={heads}
          rows={incidents.slice(0, INCIDENTS_SHOWN).map((incident) => ({
            key: `${incident.first} ${incident.door} ${incident.reason} ${incident.device ?? incident.hospital}`,
            cells: [
              reasonText(incident.reason),
              <Sender {...incident} />,
              <code class="ltr">{incident.door}</code>,
              number(incident.count),
              age(incident.last, now.value),
            ],
          }))}
        />
      )}
    </section>
  )
}
