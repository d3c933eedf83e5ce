import { sameBytes } from '@hygeia/protocol/cbor'
import { MalformedError } from '@hygeia/protocol/errors'
import { isLeafProven, type Receipt } from '@hygeia/protocol/receipt/receipt'
import { cidOf, digestOfCid, formatCid } from '@hygeia/protocol/sealed/cid'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { recoverSigner } from '../recover.ts'
import type { Checks } from './verdict.ts'

/** The bytes are what the receipt is for, and the device's. */
export function checkBlock(checks: Checks, block: Uint8Array, { leaf }: Receipt, realm: Realm): void {
  const sealed = readable(checks, 'sealed batch', () => decodeSealed(block))
  if (sealed === undefined) return
  const cid = cidOf(block)
  const isLeaf =
    sameBytes(digestOfCid(cid), leaf.digest) &&
    sealed.device === leaf.device &&
    sealed.incarnation === leaf.incarnation &&
    sealed.sequence === leaf.sequence
  const detail = isLeaf ? `${block.length} bytes, ${formatCid(cid)}` : 'the receipt is for another batch'
  checks.note('the receipt is for these bytes', isLeaf, detail, 'ANOTHER_BATCH')
  const signer = recoverSigner(sealedDigester(realm)(sealed, sealed.ciphertext), sealed.signature)
  const isSigned = signer === sealed.device
  checks.note(
    'the device signed them',
    isSigned,
    isSigned ? sealed.device : 'another key did, or none',
    'NOT_THE_DEVICE',
  )
}

/** The proof in a receipt leads to its root. */
export function checkLeaf(checks: Checks, receipt: Receipt): void {
  checks.note(
    'the batch is under the anchored root',
    isLeafProven(receipt),
    `root ${receipt.anchor.root}, proof of ${receipt.proof.length} hashes`,
    'NOT_UNDER_ROOT',
  )
}

/** @returns undefined, and a check that is false, when it cannot be read */
export function readable<T>(checks: Checks, what: string, decode: () => T): T | undefined {
  try {
    return decode()
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause
    checks.note(`it holds a ${what}`, false, cause.message, 'MALFORMED')
    return undefined
  }
}
