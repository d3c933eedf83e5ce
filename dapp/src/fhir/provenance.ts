import { accountId, type Linking, linkTo } from '@hygeia/protocol/fhir/pseudonym'
import type { Receipt } from '@hygeia/protocol/receipt/receipt'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { concept, hl7, instantOf, knownAs } from './concepts.ts'

/** A sealed batch and what proves it. */
export interface Proven {
  readonly cid: string
  readonly header: SealedBatch
  /** Absent until the batch is anchored. */
  readonly receipt?: Receipt | undefined
}

/** @see ASTM E1762-95 */
const SIGNED_AS = 'urn:iso-astm:E1762-95:2013'
const BY_AUTHOR = {
  system: SIGNED_AS,
  code: '1.2.840.10065.1.12.1.1',
  display: "Author's Signature",
}
const BY_VERIFIER = {
  system: SIGNED_AS,
  code: '1.2.840.10065.1.12.1.5',
  display: 'Verification Signature',
}

export type Provenance = ReturnType<typeof provenanceOf>

/**
 * Where the readings of a batch come from, as a FHIR R4 Provenance: the device that signed them, the sealed batch
 * (`ipfs://…`), and, once it is anchored, root, block and transaction with the hospital's signature.
 *
 * The signatures are secp256k1, 64 bytes (EIP-2098) over EIP-712 digests: the device's over the sealed batch
 * (protocol/src/sealed/signing.ts), the hospital's over its anchor (protocol/src/receipt/receipt.ts).
 * `hygeia patient record` and `physician record` export what is needed to check them.
 *
 * @param prefix - of the ids of its Observations, which is the id of this
 * @param targets - ids of its Observations
 */
export function provenanceOf(
  { cid, header, receipt }: Proven,
  { prefix, targets }: { readonly prefix: string; readonly targets: readonly string[] },
  linking: Linking,
) {
  const device = linkTo('Device', accountId(header.device), linking)
  const sealedAt = instantOf(header.to)
  const anchor = receipt?.anchor
  const hospital = anchor === undefined ? [] : [knownAs('Organization', anchor.hospital)]
  return {
    resourceType: 'Provenance',
    id: prefix,
    target: targets.map((id) => linkTo('Observation', id, linking)),
    occurredPeriod: { start: instantOf(header.from), end: sealedAt },
    recorded: sealedAt,
    agent: [
      { type: concept(hl7('provenance-participant-type', 'author', 'Author')), who: device },
      ...hospital.map((who) => ({
        type: concept(hl7('provenance-participant-type', 'custodian', 'Custodian')),
        who,
      })),
    ],
    entity: [
      source('urn:ietf:rfc:3986', `ipfs://${cid}`, 'Sealed batch'),
      ...(anchor === undefined
        ? []
        : [
            source('urn:hygeia:root', anchor.root, 'Merkle root over the batches of one anchor'),
            source('urn:hygeia:block', anchor.blockHash, `Block ${anchor.blockNumber}`),
            source('urn:hygeia:transaction', anchor.transaction, 'Transaction that anchored the root'),
          ]),
    ],
    signature: [
      signatureOf(BY_AUTHOR, sealedAt, device, header.signature),
      ...(anchor === undefined
        ? []
        : [signatureOf(BY_VERIFIER, sealedAt, knownAs('Organization', anchor.hospital), anchor.signature)]),
    ],
  } as const
}

function source(system: string, value: string, display: string) {
  return { role: 'source', what: { identifier: { system, value }, display } } as const
}

function signatureOf<W>(type: typeof BY_AUTHOR, when: string, who: W, signature: Uint8Array) {
  return {
    type: [type],
    when,
    who,
    targetFormat: 'application/cbor',
    sigFormat: 'application/octet-stream',
    data: btoa(String.fromCharCode(...signature)),
  }
}
