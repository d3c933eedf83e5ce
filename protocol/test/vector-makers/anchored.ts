import { createHash } from 'node:crypto'
import * as dagCbor from '@ipld/dag-cbor'
import { encode } from 'cborg'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { makeMerkle } from './merkle.ts'
import { addressOf, hash, hex, hospital, raw, signTyped, typesOf } from './world.ts'

interface Leaf {
  device: string
  incarnation: string
  sequence: number
  digest: string
  proof: string[]
}

function tree(name: string) {
  const trees = makeMerkle() as Record<string, { root: string; leaves: Leaf[] }>
  const found = trees[name]
  if (found === undefined) throw new Error(`no tree of ${name}`)
  return found
}

export async function receipt() {
  const { root, leaves } = tree('5 leaves')
  const anchor = {
    hospital: addressOf(hospital),
    root,
    count: 5,
    manifest: hash(930),
    transaction: hash(931),
    blockNumber: 4_294_967_296,
    blockHash: hash(932),
  }
  const types = typesOf(
    'AnchorStatement(address hospital,bytes32 root,uint32 count,bytes32 manifest,bytes32 transaction,uint64 blockNumber,bytes32 blockHash)',
  )
  const signature = await signTyped(hospital, types, anchor)
  const anchorFields = [
    raw(anchor.hospital),
    raw(root),
    5,
    raw(anchor.manifest),
    raw(anchor.transaction),
    anchor.blockNumber,
    raw(anchor.blockHash),
    raw(signature),
  ]
  const receipts = leaves.map(({ device, incarnation, sequence, digest, proof }) => {
    const provenFields = [raw(device), raw(incarnation), sequence, raw(digest), proof.map(raw)]
    const proven = { leaf: { device, incarnation, sequence, digest }, proof }
    return { proven, provenFields, bytes: hex(encode([1, anchorFields, provenFields])) }
  })
  return {
    anchor,
    key: hospital.privateKey,
    signature,
    anchorFields: hex(encode(anchorFields)),
    receipts: receipts.map(({ proven, bytes }) => ({ ...proven, bytes })),
    provenFields: receipts.map(({ provenFields }) => hex(encode(provenFields))),
  }
}

export function manifest() {
  const { leaves } = tree('3 leaves')
  const document = {
    hospital: addressOf(hospital),
    leaves: leaves.map(({ device, incarnation, sequence, digest }) => ({
      device,
      incarnation,
      sequence,
      digest,
    })),
  }
  const block = dagCbor.encode([
    1,
    raw(document.hospital),
    document.leaves.map(({ device, incarnation, sequence, digest }) => [
      raw(device),
      raw(incarnation),
      sequence,
      CID.createV1(0x71, create(0x12, raw(digest))),
    ]),
  ])
  const cid = CID.createV1(0x71, create(0x12, createHash('sha256').update(block).digest()))
  return { document, bytes: hex(block), cidText: cid.toString() }
}

export function replacement() {
  const { leaves } = tree('3 leaves')
  const replaces = hash(980)
  const kept = leaves.map(({ device, incarnation, sequence, digest }, index) =>
    index === 1 ? { leafHash: hash(981) } : { device, incarnation, sequence, digest },
  )
  const block = dagCbor.encode([
    2,
    raw(addressOf(hospital)),
    raw(replaces),
    kept.map((leaf) =>
      leaf.leafHash === undefined
        ? [
            raw(leaf.device),
            raw(leaf.incarnation),
            leaf.sequence,
            CID.createV1(0x71, create(0x12, raw(leaf.digest))),
          ]
        : raw(leaf.leafHash),
    ),
  ])
  return { document: { hospital: addressOf(hospital), replaces, leaves: kept }, bytes: hex(block) }
}

export async function holding() {
  const document = {
    hospital: addressOf(hospital),
    root: hash(960),
    manifest: hash(961),
    count: 8_192,
    at: 1_767_225_600_002,
  }
  const types = typesOf(
    'HoldingStatement(address hospital,bytes32 root,bytes32 manifest,uint32 count,uint64 at)',
  )
  const signature = await signTyped(hospital, types, document)
  const bytes = encode([
    1,
    raw(document.hospital),
    raw(document.root),
    raw(document.manifest),
    document.count,
    document.at,
    raw(signature),
  ])
  return { document, key: hospital.privateKey, signature, bytes: hex(bytes) }
}
