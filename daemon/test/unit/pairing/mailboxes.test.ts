import { randomBytes } from 'node:crypto'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { encodeLabelKeys, signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { encodeOffer } from '@hygeia/protocol/pairing/offer'
import { keySigner, recoverAddress } from '@hygeia/protocol/signature'
import type { UnixMs } from '@hygeia/protocol/units'
import { Registry } from 'prom-client'
import t from 'tap'
import { Mailboxes } from '../../../src/pairing/mailboxes.ts'
import { HandClock } from '../support/hand-clock.ts'

const realm = {
  chainId: 7,
  directory: `0x${'11'.repeat(20)}` as Address,
  genesis: `0x${'22'.repeat(32)}` as Hex32,
}
const patient = keySigner(randomBytes(32))
const device = keySigner(randomBytes(32))
const offer = encodeOffer({ device: device.address, signature: randomBytes(64), mac: randomBytes(32) })
const unsigned = { patient: patient.address, device: device.address, serial: 1, keys: [] }
const answer = encodeLabelKeys(signLabelKeys(realm, unsigned, patient))

function open(options: { limit?: number; perPatient?: number } = {}) {
  const clock = new HandClock()
  const mailboxes = new Mailboxes(
    { realm, ...options },
    { clock, recover: recoverAddress, metrics: new Registry() },
  )
  return { clock, mailboxes, soon: () => (clock.now() + 600_000) as UnixMs }
}

t.test('an offer and its answer pass through', async (t) => {
  const { mailboxes, soon } = open()
  mailboxes.open('a', patient.address, soon())
  t.throws(() => mailboxes.offer('a'), { code: 'OFFER_MISSING' })
  t.throws(() => mailboxes.putAnswer('a', patient.address, answer), { code: 'OFFER_MISSING' })
  mailboxes.putOffer('a', offer)
  mailboxes.putOffer('a', offer)
  t.same(mailboxes.offer('a'), offer)
  t.throws(() => mailboxes.answer('a'), { code: 'ANSWER_MISSING' })
  mailboxes.putAnswer('a', patient.address, answer)
  t.same(mailboxes.answer('a'), answer)
})

t.test('opening again is no change, and nobody else can', async (t) => {
  const { mailboxes, soon } = open()
  mailboxes.open('a', patient.address, soon())
  mailboxes.putOffer('a', offer)
  mailboxes.open('a', patient.address, soon())
  t.same(mailboxes.offer('a'), offer)
  t.throws(() => mailboxes.open('a', device.address, soon()), { code: 'MAILBOX_TAKEN' })
})

t.test('a mailbox is gone an hour after its end, and makes room', async (t) => {
  const { clock, mailboxes, soon } = open({ limit: 1 })
  mailboxes.open('a', patient.address, soon())
  t.throws(() => mailboxes.open('b', device.address, soon()), { code: 'MAILBOX_LIMIT' })
  clock.forward(600_000 + 3_599_999)
  mailboxes.putOffer('a', offer)
  clock.forward(1)
  t.throws(() => mailboxes.offer('a'), { code: 'MAILBOX_UNKNOWN' })
  mailboxes.open('b', device.address, soon())
})

t.test('one patient takes no more than a share', async (t) => {
  const { mailboxes, soon } = open({ perPatient: 2 })
  mailboxes.open('a', patient.address, soon())
  mailboxes.open('b', patient.address, soon())
  t.throws(() => mailboxes.open('c', patient.address, soon()), { code: 'MAILBOX_LIMIT' })
  mailboxes.open('c', device.address, soon())
})
