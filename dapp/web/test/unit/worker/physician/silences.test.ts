import type { AlarmPriority } from '@hygeia/protocol/alarm/alarm'
import type { Address } from '@hygeia/protocol/ids'
import { MINUTE_MS } from '@hygeia/protocol/units'
import t from 'tap'
import type { Episode } from '../../../../readings/alarms.ts'
import { ACKNOWLEDGED_MS, type Silence, Silences, SNOOZED_MS } from '../../../../worker/physician/silences.ts'

const PATIENT = `0x${'1'.repeat(40)}` as Address
const DEVICE = `0x${'d'.repeat(40)}` as Address
const BEGIN = 1_000_000

function episode(
  priority: AlarmPriority,
  { since = BEGIN, isAcknowledged = false }: { since?: number; isAcknowledged?: boolean } = {},
): Episode {
  const state = { cause: { kind: 'news2' as const }, priority, isAcknowledged }
  return { device: DEVICE, cause: 'news2', state, since, changedAt: since, endedAt: undefined }
}

t.test('acknowledging silences one episode for two minutes, and no longer', async (t) => {
  const silences = new Silences()
  silences.silence(PATIENT, episode('medium'), BEGIN, ACKNOWLEDGED_MS)
  t.equal(silences.silentUntil(PATIENT, episode('medium'), BEGIN + 1), BEGIN + 2 * MINUTE_MS)
  t.equal(silences.silentUntil(PATIENT, episode('medium'), BEGIN + 2 * MINUTE_MS), undefined)
  t.equal(silences.silentUntil(PATIENT, episode('medium'), BEGIN + 1), undefined, 'what is over stays over')
})

t.test('what becomes graver is raised again, what becomes less grave is not', async (t) => {
  const silences = new Silences()
  silences.silence(PATIENT, episode('medium'), BEGIN, SNOOZED_MS)
  t.ok(silences.silentUntil(PATIENT, episode('low'), BEGIN + 1))
  t.equal(silences.silentUntil(PATIENT, episode('high'), BEGIN + 2), undefined)
})

t.test('an alarm that comes back after it was over is another episode', async (t) => {
  const silences = new Silences()
  silences.silence(PATIENT, episode('high'), BEGIN, SNOOZED_MS)
  t.equal(silences.silentUntil(PATIENT, episode('high', { since: BEGIN + 10 }), BEGIN + 11), undefined)
})

t.test('what was acknowledged at the bedside and sounds there anew is raised here too', async (t) => {
  const silences = new Silences()
  silences.silence(PATIENT, episode('high'), BEGIN, SNOOZED_MS)
  t.ok(silences.silentUntil(PATIENT, episode('high', { isAcknowledged: true }), BEGIN + 1))
  t.equal(silences.silentUntil(PATIENT, episode('high'), BEGIN + 2), undefined)
})

t.test('nothing is silent for longer than a bedside may be set to', async (t) => {
  const silences = new Silences()
  silences.silence(PATIENT, episode('low'), BEGIN, 60 * MINUTE_MS)
  t.equal(silences.silentUntil(PATIENT, episode('low'), BEGIN + 1), BEGIN + 10 * MINUTE_MS)
})

t.test('another patient with the same alarm is not silenced', async (t) => {
  const silences = new Silences()
  silences.silence(PATIENT, episode('low'), BEGIN, SNOOZED_MS)
  const other = `0x${'2'.repeat(40)}` as Address
  t.equal(silences.silentUntil(other, episode('low'), BEGIN + 1), undefined)
})

t.test('what was silenced stays so for whoever reloads the page, but not by a clock set back', async (t) => {
  const held = new Map<string, Silence>()
  new Silences(held).silence(PATIENT, episode('high'), BEGIN, SNOOZED_MS)
  const reloaded = () => new Silences(new Map(held))
  t.equal(reloaded().silentUntil(PATIENT, episode('high'), BEGIN + 1), BEGIN + 10 * MINUTE_MS)
  t.equal(reloaded().silentUntil(PATIENT, episode('high'), BEGIN - 1), undefined)
})

t.test('what is over is not kept', async (t) => {
  const held = new Map<string, Silence>()
  const silences = new Silences(held)
  silences.silence(PATIENT, episode('high'), BEGIN, ACKNOWLEDGED_MS)
  silences.silence(PATIENT, episode('high', { since: BEGIN + 1 }), BEGIN + 2 * MINUTE_MS, ACKNOWLEDGED_MS)
  t.equal(held.size, 1)
})
