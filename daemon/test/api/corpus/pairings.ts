import { randomBytes } from 'node:crypto'
import { toHex } from '@hygeia/protocol/ids'
import { decodeLabelKeys, encodeLabelKeys, signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { encodeOffer } from '@hygeia/protocol/pairing/offer'
import { Device, Physician } from '../support/people.ts'
import { LABEL } from '../support/scene.ts'
import { type Case, json, put, type Stage } from './case.ts'

/** Mailboxes, label keys and physicians' keys. */

export async function pairings(stage: Stage): Promise<readonly Case[]> {
  const { hospital, patient, stranger, physician, device } = stage
  const { realm, client } = hospital
  const [nobody, otherDevice] = [new Physician({ realm, client }), new Device(realm)]
  const [mailbox, unknownMailbox] = [toHex(randomBytes(16)), toHex(randomBytes(16))]
  const inTenMinutes = Date.now() + 600_000
  const offer = encodeOffer({ device: device.address, signature: randomBytes(64), mac: randomBytes(32) })
  await client.ask('/v1/pairings', { json: { mailbox, expires: inTenMinutes }, token: patient.token })
  await client.ask(`/v1/pairings/${mailbox}/offer`, { method: 'PUT', cbor: offer })
  const to = `/v1/pairings/${mailbox}`
  const answer = patient.labelKeys(device, [LABEL])
  const forged = encodeLabelKeys(signLabelKeys(realm, decodeLabelKeys(answer), stranger.signer))
  return [
    ['a name that is none', 'INVALID_REQUEST', '/v1/pairings/0xab/offer', {}],
    ['a mailbox that is not open', 'MAILBOX_UNKNOWN', `/v1/pairings/${unknownMailbox}/offer`, {}],
    [
      'an offer to a mailbox that is not open',
      'MAILBOX_UNKNOWN',
      `/v1/pairings/${unknownMailbox}/offer`,
      put(offer),
    ],
    ['an offer of random bytes', 'MALFORMED', `${to}/offer`, put(randomBytes(100))],
    ['an offer cut short', 'MALFORMED', `${to}/offer`, put(offer.subarray(0, -1))],
    ['an offer with more behind it', 'MALFORMED', `${to}/offer`, put(Buffer.concat([offer, Buffer.of(0)]))],
    [
      'an offer in another encoding',
      'MALFORMED',
      `${to}/offer`,
      put(Buffer.concat([Buffer.of(0x98, 4), offer.subarray(1)])),
    ],
    ['too large an offer', 'BODY_TOO_LARGE', `${to}/offer`, put(randomBytes(300))],
    ['an offer in JSON', 'INVALID_REQUEST', `${to}/offer`, { method: 'PUT', json: {} }],
    [
      'an offer of another device',
      'MAILBOX_TAKEN',
      `${to}/offer`,
      put(encodeOffer({ device: otherDevice.address, signature: randomBytes(64), mac: randomBytes(32) })),
    ],
    [
      "somebody else's mailbox",
      'MAILBOX_TAKEN',
      '/v1/pairings',
      json({ mailbox, expires: inTenMinutes }, stranger.token),
    ],
    [
      'a mailbox that is over',
      'MAILBOX_EXPIRY',
      '/v1/pairings',
      json({ mailbox: unknownMailbox, expires: 1 }, patient.token),
    ],
    [
      'a mailbox for ever',
      'MAILBOX_EXPIRY',
      '/v1/pairings',
      json({ mailbox: unknownMailbox, expires: 253_402_300_000_000 }, patient.token),
    ],
    ["an answer to somebody else's mailbox", 'MAILBOX_TAKEN', `${to}/answer`, put(answer, stranger.token)],
    [
      'an answer for another device',
      'ANSWER_NOT_GENUINE',
      `${to}/answer`,
      put(patient.labelKeys(otherDevice, [LABEL]), patient.token),
    ],
    ['an answer that is not signed', 'ANSWER_NOT_GENUINE', `${to}/answer`, put(forged, patient.token)],
    ['an answer of random bytes', 'MALFORMED', `${to}/answer`, put(randomBytes(500), patient.token)],
    ['an answer that is not there', 'ANSWER_MISSING', `${to}/answer`, {}],
    [
      'label keys that are not newer',
      'LABEL_KEYS_STALE',
      `/v1/devices/${device.address}/label-keys`,
      put(patient.labelKeys(device, [], 1), patient.token),
    ],
    [
      'label keys for another device',
      'NOT_YOURS',
      `/v1/devices/${device.address}/label-keys`,
      put(patient.labelKeys(otherDevice, [], 9), patient.token),
    ],
    [
      "label keys for somebody else's device",
      'LABEL_KEYS_WRONG_PATIENT',
      `/v1/devices/${device.address}/label-keys`,
      put(stranger.labelKeys(device, [], 9), stranger.token),
    ],
    [
      'label keys that are not signed',
      'LABEL_KEYS_BAD_SIGNATURE',
      `/v1/devices/${device.address}/label-keys`,
      put(forged, patient.token),
    ],
    [
      "somebody else's label keys",
      'NOT_FOUND',
      `/v1/devices/${device.address}/label-keys`,
      { token: stranger.token },
    ],
    [
      'a key by somebody else',
      'KEY_SIGNATURE',
      `/v1/physicians/${nobody.address}/key`,
      { method: 'PUT', json: physician.signedKey() },
    ],
    [
      'another key than is registered',
      'PHYSICIAN_KEY_DIFFERS',
      `/v1/physicians/${physician.address}/key`,
      { method: 'PUT', json: otherKeyOf(stage) },
    ],
    ['a key that nobody put', 'NOT_FOUND', `/v1/physicians/${stranger.address}/key`, {}],
  ]
}

/** A second key that the same physician signed. */
function otherKeyOf({ hospital: { realm, client }, physician }: Stage) {
  const twin = new Physician({ realm, client })
  Object.defineProperty(twin, 'signer', { value: physician.signer })
  return twin.signedKey()
}
