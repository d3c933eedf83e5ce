import type { CliqueHeader } from '@hygeia/protocol/clique/header'
import type { FinalBlock } from '@hygeia/protocol/clique/trail'
import type { Receipt } from '@hygeia/protocol/receipt/receipt'
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
  { receipt, hasBlock }: { readonly receipt: Receipt; readonly hasBlock: boolean },
): readonly string[] {
  const { transaction, blockNumber, blockHash } = receipt.anchor
  const at = new Date(header.timestamp * 1_000).toISOString()
  return [
    hasBlock
      ? 'what the batch says: it is sealed, and was not opened'
      : 'what was stored: the batch itself is not in the file, only the hash that its receipt is for',
    'when it was measured, and that the values are true: times and values are the device’s word',
    ...(anchoring === undefined
      ? [
          `when it was anchored, beyond “in block ${blockNumber}, before ${at}”; and that this block has the hash ${blockHash}: its header is not in the file`,
        ]
      : []),
    `that transaction ${transaction} anchored it: the contract’s record is proven, not what wrote it`,
    'who the patient is: the chain knows an account only',
    `that the device or the hospital is still active: the state is that after block ${header.number}`,
    'that anybody still holds the batch',
  ]
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
