import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { type Enrolment, formatEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { decodeOffer, isOfferGenuine, mailboxOf, pairingWords } from '@hygeia/protocol/pairing/offer'
import { recoverAddress } from '@hygeia/protocol/signature'
import type { UnixMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import t from 'tap'
import { readPairing } from '../../src/hospital/pairing-record.ts'
import { type PairingProgress, pair } from '../../src/pairing/pair.ts'
import { SENSORS, testFolder } from '../support/bedside.ts'
import { makeCertificates } from '../support/certificates.ts'
import { openApi } from '../support/doors.ts'
import { DEVICE, NEVER } from '../support/line.ts'
import { Patient } from '../support/patient.ts'
import { REALM } from '../support/realm.ts'
import { makeSetting, type Setting } from '../support/setting.ts'
import { until } from '../support/until.ts'

t.jobs = 3

function enrolmentFor(setting: Setting, changes: Partial<Enrolment> = {}): Enrolment {
  const { patient, pinned, tls } = setting
  const { hospital, receiptKey, api } = pinned
  return {
    realm: REALM,
    patient: patient.signer.address,
    hospitals: [{ hospital, receiptKey, caHash: tls.caHash, api }],
    secret: new Uint8Array(16).fill(9),
    expires: (Date.now() + 60_000) as UnixMs,
    ...changes,
  }
}

/** Pair, answering as the patient does once the offer is there. */
async function pairWith(
  setting: Setting,
  enrolment: Enrolment,
  answer: (device: typeof DEVICE.address) => Uint8Array,
  options = {},
) {
  const mailbox: { offer?: Buffer; answer?: Uint8Array } = {}
  setting.apiState.mailboxes.set(mailboxOf(enrolment), mailbox)
  const steps: PairingProgress[] = []
  const onProgress = (progress: PairingProgress) => {
    steps.push(progress)
    if (progress.step === 'words') mailbox.answer = answer(DEVICE.address)
  }
  const record = await pair(
    { enrolment, ignoresDates: false, ...options },
    { signer: DEVICE, clock: systemClock, onProgress },
    NEVER,
  )
  return { record, steps, mailbox }
}

t.test('device and patient find each other', async (t) => {
  const setting = await makeSetting(t)
  const enrolment = enrolmentFor(setting)
  const { record, steps, mailbox } = await pairWith(setting, enrolment, (device) =>
    encodeLabelKeys(setting.patient.labelKeys(REALM, device, { serial: 3 })),
  )
  t.match(record, {
    realm: REALM,
    patient: setting.patient.signer.address,
    device: DEVICE.address,
    labelKeys: { serial: 3 },
    hospitals: [{ hospital: setting.hospital.operator, mqtt: setting.broker.url, ca: /BEGIN CERTIFICATE/ }],
  })
  const words = steps.find((step) => step.step === 'words')
  t.same(words?.words, pairingWords(enrolment, DEVICE.address), 'both see the same six words')
  const offer = decodeOffer(mailbox.offer ?? new Uint8Array())
  t.equal(isOfferGenuine(enrolment, offer, recoverAddress), true)
})

t.test('a hospital with another CA than the enrolment names is not spoken to', async (t) => {
  const setting = await makeSetting(t)
  const impostor = await openApi(await makeCertificates(), setting.apiState)
  t.teardown(() => impostor.close())
  const enrolment = enrolmentFor({ ...setting, pinned: { ...setting.pinned, api: impostor.url } })
  await t.rejects(
    pairWith(setting, enrolment, () => new Uint8Array()),
    { code: 'CA_MISMATCH' },
  )
})

t.test('a hospital that serves the right CA and has another certificate is not believed', async (t) => {
  const setting = await makeSetting(t)
  const impostor = await makeCertificates()
  // It serves the genuine CA for everybody to read, and speaks TLS with a certificate of its own.
  const door = await openApi(
    { ...impostor, ca: setting.tls.ca, caHash: setting.tls.caHash },
    setting.apiState,
  )
  t.teardown(() => door.close())
  const enrolment = enrolmentFor({ ...setting, pinned: { ...setting.pinned, api: door.url } })
  await t.rejects(
    pairWith(setting, enrolment, () => new Uint8Array()),
    { code: 'HOSPITAL_NOT_PINNED' },
  )
})

t.test('a hospital that is not as the enrolment says is named, with what differs', async (t) => {
  const setting = await makeSetting(t)
  setting.apiState.realm = { ...setting.apiState.realm, chainId: 1, receiptKey: `0x${'77'.repeat(20)}` }
  await t.rejects(
    pairWith(setting, enrolmentFor(setting), () => new Uint8Array()),
    {
      code: 'REALM_MISMATCH',
      detail: { fields: ['chainId', 'receiptKey'] },
    },
  )
})

for (const [name, answer, reason] of [
  [
    'by somebody else',
    (device: typeof DEVICE.address) => encodeLabelKeys(new Patient().labelKeys(REALM, device)),
    'OTHER_PATIENT',
  ],
  ['that are none', () => new Uint8Array([1, 2, 3]), 'MALFORMED'],
] as const) {
  t.test(`label keys ${name} end it`, async (t) => {
    const setting = await makeSetting(t)
    await t.rejects(pairWith(setting, enrolmentFor(setting), answer), {
      code: 'ANSWER_INVALID',
      detail: { reason },
    })
  })
}

t.test('label keys for another device, or changed on the way, end it', async (t) => {
  const setting = await makeSetting(t)
  const other = `0x${'12'.repeat(20)}` as typeof DEVICE.address
  await t.rejects(
    pairWith(setting, enrolmentFor(setting), () => encodeLabelKeys(setting.patient.labelKeys(REALM, other))),
    { code: 'ANSWER_INVALID', detail: { reason: 'OTHER_DEVICE' } },
  )
  await t.rejects(
    pairWith(setting, enrolmentFor(setting), (device) =>
      encodeLabelKeys({ ...setting.patient.labelKeys(REALM, device), serial: 9 }),
    ),
    { code: 'ANSWER_INVALID', detail: { reason: 'BAD_SIGNATURE' } },
  )
})

t.test('an enrolment has its time', async (t) => {
  const setting = await makeSetting(t)
  const late = enrolmentFor(setting, { expires: (Date.now() - 1) as UnixMs })
  await t.rejects(
    pairWith(setting, late, () => new Uint8Array()),
    { code: 'ENROLMENT_EXPIRED' },
  )
  const { record } = await pairWith(
    setting,
    late,
    (device) => encodeLabelKeys(setting.patient.labelKeys(REALM, device)),
    { ignoresDates: true },
  )
  t.equal(record.device, DEVICE.address, 'unless the clock is not to be believed')
  const soon = enrolmentFor(setting, { expires: (Date.now() + 4_000) as UnixMs })
  setting.apiState.mailboxes.set(mailboxOf(soon), {})
  const waiting = pair(
    { enrolment: soon, ignoresDates: false },
    { signer: DEVICE, clock: systemClock, onProgress: () => {} },
    NEVER,
  )
  await t.rejects(waiting, { code: 'NO_ANSWER' })
})

t.test('the command pairs, shows the words, and does so once', async (t) => {
  const setting = await makeSetting(t)
  const folder = await testFolder(t)
  const agent = fileURLToPath(new URL('../../bin/agent.ts', import.meta.url))
  const configFile = join(folder, 'agent.json')
  const { initAgent } = await import('../../src/init.ts')
  const { device } = await initAgent(join(folder, 'unused.json'), folder)
  await writeFile(configFile, JSON.stringify({ stateDir: folder, sensors: SENSORS }))
  const enrolment = enrolmentFor(setting)
  const mailbox: { offer?: Buffer; answer?: Uint8Array } = {}
  setting.apiState.mailboxes.set(mailboxOf(enrolment), mailbox)
  const start = () => {
    const child = spawn(process.execPath, [agent, 'pair', formatEnrolment(enrolment), '--config', configFile])
    const seen = { text: '' }
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (seen.text += part))
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    return { seen, ended }
  }
  const first = start()
  await until('it offers', () => mailbox.offer !== undefined)
  mailbox.answer = encodeLabelKeys(setting.patient.labelKeys(REALM, device))
  t.equal(await first.ended, 0, first.seen.text)
  t.match(first.seen.text, pairingWords(enrolment, device).join(' '))
  t.match(first.seen.text, /paired: 180 label keys, serial 1/)
  t.match(await readPairing(join(folder, 'pairing.json')), {
    device,
    patient: setting.patient.signer.address,
  })
  const again = start()
  t.equal(await again.ended, 78)
  t.match(again.seen.text, /has a patient already/)
})
