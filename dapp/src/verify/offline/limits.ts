import type { CliqueHeader } from '@hygeia/protocol/clique/header'
import type { FinalBlock } from '@hygeia/protocol/clique/trail'
import type { Hex32 } from '@hygeia/protocol/ids'
import type { ProvenAudit, ProvenBatch } from '@hygeia/protocol/offline-proof/offline-proof'
import type { Pins } from './pins.ts'

/** What a proven chain does not say. */
export function chainLimits(
  { header, run, signers, sealers }: FinalBlock,
  pins: Pins | undefined,
): readonly string[] {
  const last = run.at(-1)?.number ?? header.number
  const trust =
    pins?.signers === undefined
      ? `that there is no second history: it rests on the first signers and on each majority that took over from
        them; whoever holds the keys of one of these majorities, also long after, could make another. Pin the signers
        that you know to rule that out; here these sealed: ${[...sealers].join(', ')}`
      : 'that there is no second history, if most of the signers that you trust made it together'
  return [
    ...(signers.size === 1
      ? [
          `anything against the only signer of this chain, ${[...signers][0]}: it alone decides what the chain says`,
        ]
      : []),
    oneLine(trust),
    `anything that the chain did after block ${header.number}; the file ends with block ${last}`,
    'that the transactions in these blocks were carried out by the rules: that the signers did so is taken on their word',
  ]
}

/** What a proven batch does not say. */
export function batchLimits(
  { header }: FinalBlock,
  anchoring: CliqueHeader | undefined,
  { receipt, block }: ProvenBatch,
): readonly string[] {
  const { transaction, blockNumber, blockHash } = receipt.anchor
  return [
    block === undefined
      ? 'what was stored: the batch itself is not in the file, only the hash that its receipt is for'
      : 'what the batch says: it is sealed, and was not opened',
    'when it was measured, and that the values are true: times and values are the device’s word',
    ...whenAnchored(header, anchoring, blockNumber),
    ...(anchoring === undefined ? [`that block ${blockNumber} has the hash ${blockHash}`] : []),
    whoWrote(transaction),
    'who the patient is: the chain knows an account only',
    `that the device or the hospital is still active: the state is that after block ${header.number}`,
    'that anybody still holds the batch',
  ]
}

/** What a proven audit entry does not say. */
export function auditLimits(
  { header }: FinalBlock,
  anchoring: CliqueHeader | undefined,
  { entry, anchor }: ProvenAudit,
): readonly string[] {
  const at = new Date(entry.at).toISOString()
  return [
    'that the log is complete: what the hospital never wrote down is in no file',
    `that it happened ${at}, and as it says: that is the hospital’s signed word`,
    ...whenAnchored(header, anchoring, anchor.blockNumber),
    whoWrote(anchor.transaction),
    'who patient and physician are: the chain knows accounts only',
    `that the hospital is still active: the state is that after block ${header.number}`,
  ]
}

function whenAnchored(
  header: CliqueHeader,
  anchoring: CliqueHeader | undefined,
  block: number,
): readonly string[] {
  if (anchoring !== undefined) return []
  const at = new Date(header.timestamp * 1_000).toISOString()
  return [
    `when it was anchored, beyond “in block ${block}, before ${at}”: the header of that block is not in the file`,
  ]
}

function whoWrote(transaction: Hex32): string {
  return `that transaction ${transaction} anchored it: the contract’s record is proven, not what wrote it`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
