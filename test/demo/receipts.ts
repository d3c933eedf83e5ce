import { chainAt } from '@hygeia/dapp/chain/provider'
import type { AccountClient } from '@hygeia/dapp/hospital/client'
import type { KnownHospital } from '@hygeia/dapp/hospital/known'
import { batchRecord } from '@hygeia/dapp/verify/record'
import { verify } from '@hygeia/dapp/verify/verify'
import { encodeCbor, sameBytes } from '@hygeia/protocol/cbor'
import { toHex } from '@hygeia/protocol/ids'
import { anchorFields } from '@hygeia/protocol/receipt/codec'
import { isLeafProven, type Receipt } from '@hygeia/protocol/receipt/receipt'
import { cidOfDigest, digestOfCid, formatCid, parseCid } from '@hygeia/protocol/sealed/cid'
import type { UnixMs } from '@hygeia/protocol/units'

/** Receipts fetched at once. */
const AT_ONCE = 16

export interface ProvenBatches {
  readonly batches: number
  readonly anchors: number
}

/**
 * Fetch the receipt of every batch that a patient has, and check each: the leaf is this batch, the proof leads to the
 * root, and the root's anchor is on the chain as the hospital signed it.
 *
 * What the chain says of an anchor is asked once and holds for all batches under it.
 *
 * @param rpc - JSON-RPC of the chain, asked directly and not through the hospital's API
 * @throws {Error} at the first batch without a valid receipt
 */
export async function proveAll(
  account: AccountClient,
  hospital: KnownHospital,
  rpc: string,
  span: { readonly from: UnixMs; readonly to: UnixMs },
  onProgress: (done: number, known: number) => void,
): Promise<ProvenBatches> {
  const cids: string[] = []
  let cursor: string | undefined
  do {
    const page = await account.batches({ ...span, cursor })
    cids.push(...page.batches.map(({ cid }) => cid))
    cursor = page.next ?? undefined
  } while (cursor !== undefined)

  const provider = chainAt(rpc, fetch, hospital.realm.chainId)
  const anchors = new Map<string, Promise<void>>()
  const onChain = (receipt: Receipt) => {
    // All of it, signature too: a receipt with another statement of the same root is checked by itself.
    const name = toHex(encodeCbor(anchorFields(receipt.anchor)))
    const known = anchors.get(name)
    if (known !== undefined) return known
    const checked = verify(batchRecord(hospital.realm, receipt, undefined), () => provider).then(
      ({ outcome, checks }) => {
        if (outcome === 'proven') return
        const faults = checks
          .filter((check) => check.outcome !== 'true')
          .map(({ claim, detail }) => `${claim}: ${detail}`)
        throw new Error(`an anchor is not proven: ${faults.join('; ')}`)
      },
    )
    anchors.set(name, checked)
    return checked
  }
  let done = 0
  for (let start = 0; start < cids.length; start += AT_ONCE) {
    await Promise.all(
      cids.slice(start, start + AT_ONCE).map(async (cid) => {
        const receipt = await hospital.client.receipt(cid)
        if (receipt === undefined) throw new Error(`batch ${cid} has no receipt`)
        if (!sameBytes(receipt.leaf.digest, digestOfCid(parseCid(cid))) || !isLeafProven(receipt)) {
          throw new Error(`the receipt of ${cid} is for ${formatCid(cidOfDigest(receipt.leaf.digest))}`)
        }
        await onChain(receipt)
        done++
      }),
    )
    onProgress(done, cids.length)
  }
  provider.destroy()
  return { batches: cids.length, anchors: anchors.size }
}
