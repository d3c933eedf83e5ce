import t from 'tap'
import { DevicesPage, IngestView, LogPage } from '../../../src/staff/answers.ts'
import { parseCard } from '../../../src/staff/motion.ts'

const PATIENT = `0x${'ab'.repeat(20)}`
const device = {
  device: '0123456789abcdef',
  lastSeen: 1_000,
  spoolHours: 10,
  version: '1.0.0',
  sensors: 2,
  sensorsAway: 0,
  labelKeyDays: 700,
}

t.test('whatever a hospital says beyond what staff may know never reaches a page', async (t) => {
  const said = { devices: [{ ...device, patient: PATIENT, account: PATIENT }], next: null, patients: 3 }
  t.strictSame(DevicesPage.parse(said), { devices: [device], next: null })
  const entry = { index: 1, at: 5, by: 'command-line', act: 'asked', about: 'staff', subject: '' }
  const logged = { entries: [{ ...entry, previous: '00', patient: PATIENT }], next: null }
  t.strictSame(LogPage.parse(logged), { entries: [entry], next: null })
})

t.test('a device is named by a hash of this hospital, and an account in its place is refused', async (t) => {
  t.notOk(DevicesPage.safeParse({ devices: [{ ...device, device: PATIENT }], next: null }).success)
  const view = {
    perMinute: 0,
    history: [],
    outcomes: [],
    refusals: [],
    incidents: [],
    quarantined: 0,
    forkedDevices: [PATIENT],
  }
  t.notOk(IngestView.safeParse(view).success)
  t.ok(IngestView.safeParse({ ...view, forkedDevices: [device.device] }).success)
})

t.test('a card is taken whole or not at all', async (t) => {
  const account = (digit: string) => `0x${digit.repeat(40)}`
  const card = {
    operator: account('1'),
    anchor: account('2'),
    relay: account('3'),
    receipt: account('4'),
    proxyKeyDigest: `0x${'5'.repeat(64)}`,
    validator: account('6'),
    api: 'https://hospital.example:8443',
    ca: '-----BEGIN CERTIFICATE-----\n',
  }
  t.strictSame(parseCard(JSON.stringify(card)), card)
  const malformed = { code: 'MALFORMED', message: /hospitals card/ }
  for (const text of [
    '',
    JSON.stringify(card).slice(0, -1),
    JSON.stringify({ ...card, api: 'http://hospital.example' }),
    JSON.stringify({ ...card, swarmKey: 'secret' }),
    JSON.stringify({ ...card, ca: undefined }),
    JSON.stringify(card) + ' '.repeat(30_000),
  ]) {
    t.throws(() => parseCard(text), malformed)
  }
})
