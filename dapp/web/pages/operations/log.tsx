import type { LogEntry } from '@hygeia/dapp/staff/answers'
import { useSignal } from '@preact/signals'
import { Button } from '../../design/button.tsx'
import { Trouble } from '../../design/feedback.tsx'
import { Grid } from '../../design/grid.tsx'
import { useAct } from '../../shell/act.ts'
import { room } from '../../shell/session.ts'
import { brief, dayAndTime } from '../../words/format.ts'
import { hasWords, t, type WordKey } from '../../words/words.ts'
import { Account } from './account.tsx'
import { Freshness, Looking } from './frame.tsx'
import { useLook } from './look.ts'
import { log } from './looks.ts'

/** What staff did, newest first. */
export function Log() {
  useLook(log)
  return (
    <>
      <div class="stack stack-tight">
        <div class="row row-apart">
          <h1>{t('operations.log.title')}</h1>
          <Freshness looks={[log]} />
        </div>
        <p class="quiet measure">{t('operations.log.text')}</p>
      </div>
      <Looking look={log}>{({ entries, next }) => <Entries newest={entries} next={next} />}</Looking>
    </>
  )
}

function Entries({ newest, next }: { readonly newest: readonly LogEntry[]; readonly next: number | null }) {
  const older = useSignal<readonly LogEntry[]>([])
  /** Where the entries begin that are not fetched yet; undefined while the newest page says so. */
  const begins = useSignal<number | null | undefined>(undefined)
  const before = begins.value === undefined ? next : begins.value
  const more = useAct(async () => {
    if (before === null) return
    const page = await room.value.operations.log(before)
    older.value = [...older.value, ...page.entries]
    begins.value = page.next
  })
  const name = t('operations.log.title')
  // The newest page moves on while older ones stay where they were.
  const last = newest.at(-1)?.index ?? 0
  const gap = older.value.filter(({ index }) => index < last)
  return newest.length === 0 ? (
    <p class="quiet">{t('operations.log.none')}</p>
  ) : (
    <section class="card stack">
      <Grid
        name={name}
        heads={[
          t('operations.log.when'),
          t('operations.log.who'),
          t('operations.log.what'),
          t('operations.log.about'),
        ]}
        rows={[...newest, ...gap].map((entry) => ({ key: entry.index, cells: cellsOf(entry) }))}
      />
      <Trouble text={more.trouble.value} />
      {before !== null && (
        <div class="row">
          <Button isBusy={more.isBusy.value} onClick={more.run}>
            {t('operations.log.older')}
          </Button>
        </div>
      )}
    </section>
  )
}

function cellsOf({ at, by, act, about, subject }: LogEntry) {
  return [
    <span class="when">{dayAndTime(at)}</span>,
    isAccount(by) ? <Account account={by} /> : <span>{t('operations.log.commandLine')}</span>,
    worded(`operations.log.act.${act}`, act),
    <span class="row row-close row-wrap">
      {aboutOf(about)}
      {isAccount(subject) ? <Account account={subject} /> : <code class="ltr">{briefly(subject)}</code>}
    </span>,
  ]
}

/** What the command line did, by method and address. */
const COMMANDS: Readonly<Record<string, WordKey>> = {
  staff: 'operations.log.staff',
  'POST physicians/:address/admission': 'operations.decisions.act.admit-physician',
  'POST physicians/:address/suspension': 'operations.decisions.act.suspend-physician',
  'POST hospitals/admission': 'operations.decisions.act.admit-hospital',
  'POST hospitals/:address/suspension': 'operations.decisions.act.suspend-hospital',
  'POST emergencies/:id/agreement': 'operations.log.emergency',
  'POST keys/:key/rotation': 'operations.log.rotation',
}

function aboutOf(about: string) {
  const key = COMMANDS[about]
  return key === undefined ? worded(`operations.decisions.act.${about}`, about) : t(key)
}

const briefly = (text: string) => (text.length > 20 ? brief(text) : text)
const isAccount = (text: string) => /^0x[0-9a-f]{40}$/.test(text)

function worded(key: string, otherwise: string) {
  return hasWords(key) ? t(key) : <code class="ltr">{otherwise}</code>
}
