import t from 'tap'
import { type Enrolment, parseEnrolment } from '../../../src/pairing/enrolment.ts'
import { isOfferGenuine, mailboxOf, makeOffer, pairingWords } from '../../../src/pairing/offer.ts'
import { keySigner, recoverAddress } from '../../../src/signature.ts'
import vectors from '../../vectors/pairing.json' with { type: 'json' }

const enrolment = parseEnrolment(vectors.enrolment.text)
const device = keySigner(new Uint8Array(32).fill(1))
const offer = makeOffer(enrolment, device)

t.test('an offer is genuine only from a device that has its key and was given this enrolment', async (t) => {
  t.ok(isOfferGenuine(enrolment, offer, recoverAddress))
  const guessed: Enrolment = { ...enrolment, secret: new Uint8Array(16) }
  t.notOk(isOfferGenuine(enrolment, makeOffer(guessed, device), recoverAddress), 'not without the secret')
  const stolen = { ...keySigner(new Uint8Array(32).fill(2)), address: device.address }
  t.notOk(isOfferGenuine(enrolment, makeOffer(enrolment, stolen), recoverAddress), 'not without the key')
  const another = keySigner(new Uint8Array(32).fill(3))
  t.notOk(isOfferGenuine(enrolment, { ...offer, device: another.address }, recoverAddress), 'not for another')
})

t.test('words and mailbox follow from all of the enrolment; the words from the device too', async (t) => {
  const words = pairingWords(enrolment, device.address)
  t.equal(words.length, 6)
  const changes: Partial<Enrolment>[] = [
    { secret: new Uint8Array(16) },
    { expires: (enrolment.expires + 1) as Enrolment['expires'] },
    { hospitals: enrolment.hospitals.slice(1) },
    { realm: { ...enrolment.realm, chainId: 1 } },
  ]
  for (const change of changes) {
    const other = { ...enrolment, ...change }
    t.strictNotSame(pairingWords(other, device.address), words, Object.keys(change).join())
    t.not(mailboxOf(other), mailboxOf(enrolment), Object.keys(change).join())
  }
  t.strictNotSame(pairingWords(enrolment, enrolment.patient), words, 'another device')
})
