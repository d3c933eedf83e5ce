import { fromHex, toHex } from '@hygeia/protocol/ids'
import { decodeReceipt, encodeReceipt } from '@hygeia/protocol/receipt/codec'
import type { Receipt } from '@hygeia/protocol/receipt/receipt'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { z } from 'zod'
import type { AuditLine } from '../hospital/answers.ts'
import { AuditAnchor } from '../hospital/answers.ts'
import { address, hex, hex32, hexOfBytes } from '../schema.ts'
import { VerifyError } from './errors.ts'

const RealmFields = z.strictObject({ chainId: z.int().min(1), directory: address, genesis: hex32 })

/**
 * One stored batch with the proof that it was stored, to hand to anyone: no key is needed to check it, and nobody
 * without the data key can read it.
 *
 * `receipt` and `block` are canonical DAG-CBOR as hex (protocol/src/receipt/codec.ts, protocol/src/sealed/sealed.cddl);
 * `block` may be left out, and then only the receipt is proven.
 */
export const BatchRecord = z.strictObject({
  kind: z.literal('hygeia-record').default('hygeia-record'),
  realm: RealmFields,
  receipt: hex,
  block: hex.optional(),
})
export type BatchRecord = z.infer<typeof BatchRecord>

/** One line of a hospital's audit log with its signature, and its anchor once there is one. */
export const AuditRecord = z.strictObject({
  kind: z.literal('hygeia-audit'),
  realm: RealmFields,
  entry: hex,
  signature: hexOfBytes(64),
  anchor: AuditAnchor.nullish(),
})
export type AuditRecord = z.infer<typeof AuditRecord>

export function batchRecord(realm: Realm, receipt: Receipt, block: Uint8Array | undefined): BatchRecord {
  return {
    kind: 'hygeia-record',
    realm,
    receipt: toHex(encodeReceipt(receipt)),
    ...(block === undefined ? {} : { block: toHex(block) }),
  }
}

export function auditRecord(realm: Realm, { entry, signature, anchor }: AuditLine): AuditRecord {
  return { kind: 'hygeia-audit', realm, entry, signature, ...(anchor == null ? {} : { anchor }) }
}

/**
 * Read a file that is to be verified: a record or a list of them as JSON, or a bare receipt in CBOR.
 *
 * @param realm - that a bare receipt is for
 * @throws {VerifyError} `UNREADABLE`, or `REALM_NEEDED` for a bare receipt without one
 */
export function parseRecords(
  bytes: Uint8Array,
  realm: Realm | undefined,
): ReadonlyArray<BatchRecord | AuditRecord> {
  const text = new TextDecoder().decode(bytes).trim()
  if (text.startsWith('{') || text.startsWith('[')) return parseJson(text)
  try {
    const receipt = decodeReceipt(text.startsWith('0x') ? fromHex(text) : bytes)
    if (realm !== undefined) return [batchRecord(realm, receipt, undefined)]
  } catch (cause) {
    throw unreadable(cause)
  }
  throw new VerifyError(
    'a bare receipt does not say which chain it is for: name a hospital with --hospital',
    {
      code: 'REALM_NEEDED',
    },
  )
}

function parseJson(text: string): ReadonlyArray<BatchRecord | AuditRecord> {
  try {
    const json: unknown = JSON.parse(text)
    return (Array.isArray(json) ? json : [json]).map((item: unknown) => {
      const isAudit = z.looseObject({ kind: z.literal('hygeia-audit') }).safeParse(item).success
      return isAudit ? AuditRecord.parse(item) : BatchRecord.parse(item)
    })
  } catch (cause) {
    throw unreadable(cause)
  }
}

function unreadable(cause: unknown): VerifyError {
  return new VerifyError(
    'neither a record nor a receipt: give a file that hygeia exported',
    {
      code: 'UNREADABLE',
    },
    { cause },
  )
}
