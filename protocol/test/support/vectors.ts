import { decodeAuditEntry, encodeAuditEntry } from '../../src/audit/entry.ts'
import { decodeDeviceHospitals, encodeDeviceHospitals } from '../../src/device-hospitals/device-hospitals.ts'
import { decodeAnswers, encodeAnswers } from '../../src/device-link/answer.ts'
import { decodeQuestion, encodeQuestion } from '../../src/device-link/question.ts'
import { decodeGrant, encodeGrant } from '../../src/grant/codec.ts'
import { decodeHolding, encodeHolding } from '../../src/holding/holding.ts'
import { fromHex } from '../../src/ids.ts'
import { decodeLabelKeys, encodeLabelKeys } from '../../src/label-keys/label-keys.ts'
import { decodeManifest, encodeManifest } from '../../src/manifest/manifest.ts'
import { decodeReplacement, encodeReplacement } from '../../src/manifest/replacement.ts'
import { decodeOfflineProof, encodeOfflineProof } from '../../src/offline-proof/codec.ts'
import { decodeOffer, encodeOffer } from '../../src/pairing/offer.ts'
import { decodeReceipt, encodeReceipt } from '../../src/receipt/codec.ts'
import { decodeSealed, encodeSealed } from '../../src/sealed/codec.ts'
import batch from '../vectors/batch.json' with { type: 'json' }
import documents from '../vectors/documents.json' with { type: 'json' }
import link from '../vectors/link.json' with { type: 'json' }
import offlineProof from '../vectors/offline-proof.json' with { type: 'json' }
import pairing from '../vectors/pairing.json' with { type: 'json' }
import sealed from '../vectors/sealed.json' with { type: 'json' }

/** One format in CBOR: its frozen bytes, how they are read, and the same value written again. */
export interface Format {
  readonly name: string
  /** CDDL files beside the codec, the rule that is meant first. */
  readonly cddl: readonly string[]
  readonly bytes: Uint8Array
  /** Decode and encode again. */
  readonly again: (bytes: Uint8Array) => Uint8Array
}

function format<T>(
  name: string,
  cddl: string | readonly string[],
  bytes: string,
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): Format {
  return {
    name,
    cddl: typeof cddl === 'string' ? [cddl] : cddl,
    bytes: fromHex(bytes),
    again: (given) => encode(decode(given)),
  }
}

const [receipt] = documents.receipt.receipts

export const formats: readonly Format[] = [
  ...Object.entries(sealed).map(([name, { block }]) =>
    format(`sealed batch: ${name}`, 'sealed/sealed', block, decodeSealed, encodeSealed),
  ),
  format(
    'label keys',
    'label-keys/label-keys',
    documents['label keys'].bytes,
    decodeLabelKeys,
    encodeLabelKeys,
  ),
  format(
    'no label keys',
    'label-keys/label-keys',
    documents['no label keys'].bytes,
    decodeLabelKeys,
    encodeLabelKeys,
  ),
  format(
    'device hospitals',
    ['device-hospitals/device-hospitals', 'pairing/enrolment'],
    documents['device hospitals'].bytes,
    decodeDeviceHospitals,
    encodeDeviceHospitals,
  ),
  format('grant', 'grant/grant', documents.grant.bytes, decodeGrant, encodeGrant),
  format(
    'emergency grant',
    'grant/emergency-grant',
    documents['emergency grant'].bytes,
    decodeGrant,
    encodeGrant,
  ),
  format('receipt', 'receipt/receipt', receipt?.bytes ?? '', decodeReceipt, encodeReceipt),
  format('manifest', 'manifest/manifest', documents.manifest.bytes, decodeManifest, encodeManifest),
  format(
    'replacement manifest',
    'manifest/replacement',
    documents['replacement manifest'].bytes,
    decodeReplacement,
    encodeReplacement,
  ),
  format(
    'holding statement',
    'holding/holding',
    documents['holding statement'].bytes,
    decodeHolding,
    encodeHolding,
  ),
  format('audit entry', 'audit/entry', documents['audit entry'].bytes, decodeAuditEntry, encodeAuditEntry),
  ...Object.entries({
    question: link.question,
    'question with standing': link['question with standing'],
    'question with hospitals': link['question with hospitals'],
  }).map(([name, { bytes }]) => format(name, 'device-link/question', bytes, decodeQuestion, encodeQuestion)),
  format(
    'answers',
    ['device-link/answer', 'receipt/receipt'],
    link.answers.bytes,
    decodeAnswers,
    encodeAnswers,
  ),
  format(
    'answer with hospitals',
    ['device-link/answer', 'receipt/receipt'],
    link['answer with hospitals'].bytes,
    decodeAnswers,
    encodeAnswers,
  ),
  format(
    'offline proof',
    'offline-proof/offline-proof',
    offlineProof['offline proof'].bytes,
    decodeOfflineProof,
    encodeOfflineProof,
  ),
  format('offer', 'pairing/offer', pairing.offer.bytes, decodeOffer, encodeOffer),
]

/** Batches before compression. */
export const batchCbor = Object.entries(batch).map(([name, { cbor }]) => ({ name, cbor: fromHex(cbor) }))
