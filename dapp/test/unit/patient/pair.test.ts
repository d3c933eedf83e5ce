import { CATEGORIES } from '@hygeia/protocol/channel'
import { monthOf, monthsFrom, parseLabel } from '@hygeia/protocol/label'
import { decodeLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { parseEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { decodeOffer, encodeOffer, pairingWords } from '@hygeia/protocol/pairing/offer'
import { publicKey } from '@hygeia/protocol/umbral/keys'
import { DAY_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { renewLabelKeys, shiftMonth } from '../../../src/patient/label-keys.ts'
import { awaitOffer, beginPairing, completePairing, wordsOfPairing } from '../../../src/patient/pair.ts'
import { patientAt } from '../../../src/patient/patient.ts'
import { PatientState } from '../../../src/patient/state.ts'
import { TestClock } from '../../support/clock.ts'
import { TestDevice } from '../../support/device.ts'
import { World } from '../../support/world.ts'

const world = await World.start()
t.teardown(() => world.stop())
const { hospital } = world
const patient = await world.patient()
const soon = () => AbortSignal.timeout(60_000)
const newDevice = () => new TestDevice(world.consortium.realm, (world.now - DAY_MS) as UnixMs)

t.test('device and patient show the same six words, and the chain binds them', async (t) => {
  const device = newDevice()
  const pairing = await beginPairing(patient)
  hospital.putOffer(pairing.mailbox, device.offer(pairing.text))
  const offer = await awaitOffer(patient, pairing, soon())
  const words = wordsOfPairing(pairing, offer)
  t.same(words, pairingWords(parseEnrolment(pairing.text), device.signer.address))
  t.equal(words.length, 6)
  const { serial } = await completePairing(patient, pairing, offer)
  t.equal(serial, 1)
  const record = await patient.hospital.directory.device(device.signer.address)
  t.same([record.patient, record.status], [patient.identity.signer.address, 'bound'])
  t.same(
    decodeLabelKeys(hospital.answer(pairing.mailbox) ?? new Uint8Array()),
    hospital.labelKeysOf(device.signer.address),
  )
})

t.test('a device gets keys for last month, this one and two years more, in every category', async (t) => {
  const device = await world.device(patient)
  const keys = device.labelKeys?.keys ?? []
  const first = shiftMonth(monthOf(world.now), -1)
  t.same(
    keys.map(({ label }) => label as string),
    monthsFrom(first, 26).flatMap((month) => CATEGORIES.map((category) => `${category}/${month}/0`)),
  )
  for (const { label, publicKey: key } of keys.slice(0, 3)) {
    t.same(key, publicKey(patient.identity.labelSecret(label)))
  }
})

t.test('a device whose data begins earlier gets keys from there on', async (t) => {
  const device = newDevice()
  const pairing = await beginPairing(patient)
  hospital.putOffer(pairing.mailbox, device.offer(pairing.text))
  const first = shiftMonth(monthOf(world.now), -5)
  await completePairing(patient, pairing, await awaitOffer(patient, pairing, soon()), first)
  const months = (hospital.labelKeysOf(device.signer.address)?.keys ?? []).map(
    ({ label }) => parseLabel(label).month,
  )
  t.equal(months[0], first)
  t.equal(new Set(months).size, 30, 'without a gap')
})

t.test('an offer of whoever was not given the enrolment is refused', async (t) => {
  const pairing = await beginPairing(patient)
  const other = await beginPairing(patient)
  hospital.putOffer(pairing.mailbox, newDevice().offer(other.text))
  await t.rejects(awaitOffer(patient, pairing, soon()), { code: 'OFFER_FORGED' })
})

t.test('an offer that the hospital changed is refused', async (t) => {
  t.teardown(() => {
    delete hospital.lies.offer
  })
  const stranger = newDevice()
  const lies = [
    (bytes: Uint8Array) => bytes.subarray(1),
    (bytes: Uint8Array) => encodeOffer({ ...decodeOffer(bytes), device: stranger.signer.address }),
    (bytes: Uint8Array) => encodeOffer({ ...decodeOffer(bytes), mac: new Uint8Array(32) }),
  ]
  for (const lie of lies) {
    const pairing = await beginPairing(patient)
    hospital.putOffer(pairing.mailbox, newDevice().offer(pairing.text))
    hospital.lies.offer = lie
    await t.rejects(awaitOffer(patient, pairing, soon()), { code: 'OFFER_FORGED' })
  }
})

t.test('waiting ends with the enrolment', async (t) => {
  const clock = new TestClock(world.now)
  const known = await world.known(hospital, clock)
  const waiting = patientAt(patient.identity, known, new PatientState())
  const pairing = await beginPairing(waiting, 5 * MINUTE_MS)
  await t.rejects(awaitOffer(waiting, pairing, soon()), { code: 'ENROLMENT_EXPIRED' })
})

t.test('a mailbox that a restarted hospital forgot is opened again', async (t) => {
  const device = newDevice()
  const pairing = await beginPairing(patient)
  hospital.restart()
  const offered = awaitOffer(patient, pairing, soon())
  // The device tries until there is a mailbox.
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    try {
      hospital.putOffer(pairing.mailbox, device.offer(pairing.text))
      break
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  t.equal((await offered).device, device.signer.address)
})

t.test('a binding that the hospital only claims is not believed', async (t) => {
  const pairing = await beginPairing(patient)
  hospital.putOffer(pairing.mailbox, newDevice().offer(pairing.text))
  const offer = await awaitOffer(patient, pairing, soon())
  hospital.lies.isRelayDropped = true
  t.teardown(() => {
    delete hospital.lies.isRelayDropped
  })
  await t.rejects(completePairing(patient, pairing, offer), { code: 'NOT_ON_CHAIN' })
})

t.test('label keys are renewed for every device under higher serials', async (t) => {
  const own = await world.patient()
  const [one, two] = [await world.device(own), await world.device(own)]
  const renewed = await renewLabelKeys(own)
  t.same(renewed.map(({ device }) => device).sort(), [one.signer.address, two.signer.address].sort())
  t.same(
    renewed.map(({ serial }) => serial),
    [2, 2],
  )
  t.equal(renewed[0]?.until, shiftMonth(monthOf(world.now), 24))
})

t.test('label keys that the patient never signed are named', async (t) => {
  const [own, other] = [await world.patient(), await world.patient()]
  await world.device(own)
  const stranger = await world.device(other)
  const address = stranger.signer.address
  const [theirs] = [await other.account.labelKeys(address)]
  hospital.lies.labelKeys = () => theirs ?? new Uint8Array()
  t.teardown(() => {
    delete hospital.lies.labelKeys
  })
  await t.rejects(renewLabelKeys(own), { code: 'LABEL_KEYS_FORGED' })
})
