import { randomBytes } from 'node:crypto'
import type { Grant } from '@hygeia/protocol/grant/grant'
import { type Hex, toHex } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Asked } from '../support/client.ts'
import { type Patient, Physician } from '../support/people.ts'
import { LABEL } from '../support/scene.ts'
import { type Case, highS, type Stage } from './case.ts'

/** Grants. */

export function grants({ hospital, patient, stranger, physician }: Stage): readonly Case[] {
  const nobody = new Physician(hospital)
  const to = '/v1/grants'
  type Posted = Pick<ReturnType<Patient['grant']>, 'grant' | 'consent' | 'parcel'>
  const post = ({ grant, consent, parcel }: Posted, token = patient.token): Asked => ({
    json: { grant, consent, parcel },
    token,
  })
  const dealt = (changes: Partial<Grant> = {}) => patient.grant(hospital, physician, [LABEL], changes)
  const good = dealt()
  const foreign = stranger.grant(hospital, physician, [LABEL])
  const swapped = { ...good.document, labels: stranger.grant(hospital, physician, [LABEL]).document.labels }
  const [proxy] = good.document.proxies
  const elsewhere = proxy ? [{ ...proxy, hospital: stranger.address }] : []
  const day = 86_400_000
  const range = { dataFrom: 0 as UnixMs, dataTo: (500 * day) as UnixMs }
  const over = { accessFrom: 1 as UnixMs, accessTo: 2_000 as UnixMs }
  // Dealt by another seed, committed to and consented: only the fragments themselves tell.
  const alien = {
    ...foreign.document,
    patient: patient.address,
    labels: good.document.labels,
    verifyingKey: good.document.verifyingKey,
  }
  const message = { ...good.consent.message, accessEnd: good.consent.message.accessEnd + 2 }
  return [
    ['a grant that is no hex', 'INVALID_REQUEST', to, post({ ...good, grant: '0xzz' })],
    ['half a byte of a grant', 'INVALID_REQUEST', to, post({ ...good, grant: '0xabc' })],
    ['a grant of random bytes', 'MALFORMED', to, post({ ...good, grant: toHex(randomBytes(200)) })],
    ['a grant cut short', 'MALFORMED', to, post({ ...good, grant: good.grant.slice(0, -2) as Hex })],
    ['a grant with more behind it', 'MALFORMED', to, post({ ...good, grant: `${good.grant}00` })],
    ["somebody else's grant", 'NOT_YOURS', to, post(good, stranger.token)],
    ['a consent to another grant', 'CONSENT_DIFFERS', to, post({ ...good, consent: dealt().consent })],
    [
      'a consent to another end',
      'CONSENT_DIFFERS',
      to,
      post({ ...good, consent: { ...good.consent, message } }),
    ],
    [
      'a consent by somebody else',
      'CONSENT_SIGNATURE',
      to,
      post({ ...good, ...patient.consentTo(good.document, stranger.signer) }),
    ],
    [
      'a consent with a high s',
      'MALFORMED',
      to,
      post({ ...good, consent: { ...good.consent, signature: highS(good.consent.signature) } }),
    ],
    ['a grant for another hospital', 'PROXY_DIFFERS', to, post(dealt({ proxies: elsewhere }))],
    ['access that is over', 'GRANT_RANGE', to, post(dealt(over))],
    ['more than 13 months', 'GRANT_RANGE', to, post(dealt(range))],
    [
      'a physician nobody admitted',
      'PHYSICIAN_NOT_ACTIVE',
      to,
      post(patient.grant(hospital, nobody, [LABEL])),
    ],
    [
      "another key of the physician's",
      'PHYSICIAN_KEY_DIFFERS',
      to,
      post(dealt({ receivingKey: nobody.receivingKey })),
    ],
    ['another label key', 'LABEL_KEY_DIFFERS', to, post({ ...good, ...patient.consentTo(swapped) })],
    ["another grant's parcel", 'PARCEL_INVALID', to, post({ ...good, parcel: dealt().parcel })],
    [
      'a parcel of random bytes',
      'PARCEL_INVALID',
      to,
      post({ ...good, parcel: { ...good.parcel, ciphertext: toHex(randomBytes(350)) } }),
    ],
    [
      "fragments of another patient's",
      'KFRAG_INVALID',
      to,
      post({ ...patient.consentTo(alien), parcel: foreign.parcel }),
    ],
    [
      'a capsule that is too long',
      'INVALID_REQUEST',
      to,
      post({ ...good, parcel: { ...good.parcel, capsule: toHex(randomBytes(106)) } }),
    ],
  ]
}
