import { fromHex } from '../../src/ids.ts'
import { type Enrolment, formatEnrolment, parseEnrolment } from '../../src/pairing/enrolment.ts'
import {
  bindingOf,
  decodeOffer,
  encodeOffer,
  isOfferGenuine,
  mailboxOf,
  makeOffer,
  type PairingOffer,
  pairingWords,
} from '../../src/pairing/offer.ts'
import { recoverAddress } from '../../src/signature.ts'
import vectors from '../vectors/pairing.json' with { type: 'json' }
import { type Checks, revive, same } from './assert.ts'
import { signerOf } from './realm.ts'

const enrolment = revive<Enrolment>(vectors.enrolment.document, 'secret')
const offer = revive<PairingOffer>(vectors.offer.document, 'signature', 'mac')

export const pairingChecks: Checks = {
  'pairing: enrolment': () => {
    same(formatEnrolment(enrolment), vectors.enrolment.text, 'text')
    same(parseEnrolment(`\n${vectors.enrolment.text} `), vectors.enrolment.document, 'parsed')
    same(mailboxOf(enrolment), vectors.mailbox, 'mailbox')
  },
  'pairing: offer': () => {
    same(bindingOf(enrolment, offer.device), vectors.binding, 'binding')
    same(makeOffer(enrolment, signerOf(vectors.offer)), vectors.offer.document, 'offer')
    same(encodeOffer(offer), vectors.offer.bytes, 'encoded')
    same(decodeOffer(fromHex(vectors.offer.bytes)), vectors.offer.document, 'decoded')
    same(isOfferGenuine(enrolment, offer, recoverAddress), true, 'genuine')
  },
  'pairing: words': () => same(pairingWords(enrolment, offer.device), vectors.words, 'words'),
}
