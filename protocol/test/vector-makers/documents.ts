import { createHash } from 'node:crypto'
import * as dagCbor from '@ipld/dag-cbor'
import { encode } from 'cborg'
import { keccak256, TypedDataEncoder } from 'ethers'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { makeMerkle } from './merkle.ts'
import {
  addressOf,
  device,
  filled,
  hex,
  hospital,
  patient,
  physician,
  raw,
  signTyped,
  typesOf,
} from './world.ts'

const LABEL_KEY = 'LabelKey(string label,bytes publicKey)'
const publicKey = (seed: number) => hex(Uint8Array.of(2 + (seed % 2), ...filled(32, seed)))
const hash = (seed: number) => hex(filled(32, seed))

/** What is kept and shown: label keys, grants, receipts, manifests, audit entries, requests. */
export async function makeDocuments(): Promise<Record<string, unknown>> {
  return {
    'label keys': await labelKeys(3),
    'no label keys': await labelKeys(0),
    'device hospitals': await deviceHospitals(),
    'physician key': await physicianKey(),
    grant: grant(),
    'emergency grant': emergencyGrant(),
    'break glass': await breakGlass(),
    'hospital address': await hospitalAddress(),
    receipt: await receipt(),
    manifest: manifest(),
    'replacement manifest': replacement(),
    erasure: await erasure(),
    'audit entry': await auditEntry(),
    request: await request(),
    'holding statement': await holding(),
  }
}

export async function labelKeys(count: number) {
  const keys = Array.from({ length: count }, (_, index) => ({
    label: `vitals/2026-0${index + 1}/${index}`,
    publicKey: publicKey(900 + index),
  }))
  const document = { patient: addressOf(patient), device: addressOf(device), serial: count * 1_000, keys }
  const types = typesOf('LabelKeys(address patient,address device,uint64 serial,LabelKey[] keys)', LABEL_KEY)
  const signature = await signTyped(patient, types, document)
  const bytes = encode([
    1,
    raw(document.patient),
    raw(document.device),
    document.serial,
    keys.map(({ label, publicKey }) => [label, raw(publicKey)]),
    raw(signature),
  ])
  return { document, key: patient.privateKey, signature, bytes: hex(bytes) }
}

export async function deviceHospitals() {
  const document = {
    patient: addressOf(patient),
    device: addressOf(device),
    serial: 7,
    hospitals: [
      {
        hospital: addressOf(hospital),
        receiptKey: hex(filled(20, 920)),
        caHash: hash(921),
        api: 'https://hospital.example:8443',
      },
      {
        hospital: hex(filled(20, 922)),
        receiptKey: hex(filled(20, 923)),
        caHash: hash(924),
        api: 'https://[2001:db8::1]',
      },
    ],
  }
  const types = typesOf(
    'DeviceHospitals(address patient,address device,uint64 serial,Hospital[] hospitals)',
    'Hospital(address hospital,address receiptKey,bytes32 caHash,string api)',
  )
  const signature = await signTyped(patient, types, document)
  const bytes = encode([
    1,
    raw(document.patient),
    raw(document.device),
    document.serial,
    document.hospitals.map(({ hospital, receiptKey, caHash, api }) => [
      raw(hospital),
      raw(receiptKey),
      raw(caHash),
      api,
    ]),
    raw(signature),
  ])
  return { document, key: patient.privateKey, signature, bytes: hex(bytes) }
}

async function physicianKey() {
  const document = { physician: addressOf(physician), receivingKey: publicKey(910) }
  const signature = await signTyped(
    physician,
    typesOf('PhysicianKey(address physician,bytes receivingKey)'),
    document,
  )
  const keyDigest = keccak256(document.receivingKey)
  const groups = Array.from({ length: 6 }, (_, index) =>
    BigInt(`0x${keyDigest.slice(2 + index * 8, 10 + index * 8)}`),
  )
  return {
    document,
    key: physician.privateKey,
    signature,
    keyDigest,
    fingerprint: groups.map((group) => (group % 100_000n).toString().padStart(5, '0')).join(' '),
  }
}

const GRANT_FIELDS =
  'address patient,address physician,bytes receivingKey,bytes verifyingKey,LabelKey[] labels,uint64 dataFrom,uint64 dataTo,uint64 accessFrom,uint64 accessTo,uint8 threshold,Proxy[] proxies,bytes32 salt'
const PROXY = 'Proxy(address hospital,bytes proxyKey,bytes32 commitment)'

function grantDocument() {
  return {
    patient: addressOf(patient),
    physician: addressOf(physician),
    receivingKey: publicKey(920),
    verifyingKey: publicKey(921),
    labels: [
      { label: 'vitals/2026-01/0', publicKey: publicKey(922) },
      { label: 'vitals/2026-01/1', publicKey: publicKey(923) },
    ],
    dataFrom: 1_767_225_600_000,
    dataTo: 1_769_904_000_000,
    accessFrom: 1_767_225_600_000,
    accessTo: 1_798_761_600_999,
    threshold: 2,
    proxies: [
      { hospital: addressOf(hospital), proxyKey: publicKey(924), commitment: hash(925) },
      { hospital: hex(filled(20, 926)), proxyKey: publicKey(927), commitment: hash(928) },
    ],
    salt: hash(929),
  }
}

function grantFields(version: number, document: ReturnType<typeof grantDocument>) {
  return [
    version,
    raw(document.patient),
    raw(document.physician),
    raw(document.receivingKey),
    raw(document.verifyingKey),
    document.labels.map(({ label, publicKey }) => [label, raw(publicKey)]),
    document.dataFrom,
    document.dataTo,
    document.accessFrom,
    document.accessTo,
    document.threshold,
    document.proxies.map(({ hospital, proxyKey, commitment }) => [
      raw(hospital),
      raw(proxyKey),
      raw(commitment),
    ]),
    raw(document.salt),
  ]
}

function grant() {
  const document = grantDocument()
  const types = typesOf(`Grant(${GRANT_FIELDS})`, LABEL_KEY, PROXY)
  const bytes = encode(grantFields(1, document))
  return { document, hash: TypedDataEncoder.hashStruct('Grant', types, document), bytes: hex(bytes) }
}

function emergencyGrant() {
  const document = { ...grantDocument(), emergencyMs: 14_400_000 }
  const types = typesOf(`EmergencyGrant(${GRANT_FIELDS},uint64 emergencyMs)`, LABEL_KEY, PROXY)
  const bytes = encode([...grantFields(2, document), document.emergencyMs])
  return { document, hash: TypedDataEncoder.hashStruct('EmergencyGrant', types, document), bytes: hex(bytes) }
}

async function breakGlass() {
  const document = {
    physician: addressOf(physician),
    grant: hash(960),
    reason: 'found unconscious, nobody to ask',
    salt: hash(961),
    expires: 1_767_225_660_000,
  }
  const types = typesOf('EmergencyReason(address physician,bytes32 grant,string reason,bytes32 salt)')
  const reason = TypedDataEncoder.hashStruct('EmergencyReason', types, {
    physician: document.physician,
    grant: document.grant,
    reason: document.reason,
    salt: document.salt,
  })
  const signed = typesOf('BreakGlass(address physician,bytes32 grant,bytes32 reason,uint64 expires)')
  const { salt: _, ...message } = { ...document, reason }
  return {
    document,
    reason,
    key: physician.privateKey,
    signature: await signTyped(physician, signed, message),
  }
}

async function hospitalAddress() {
  const document = {
    hospital: addressOf(hospital),
    api: 'https://hospital.example:8443',
    caHash: hash(970),
    issued: 1_767_225_600_002,
  }
  const types = typesOf('HospitalAddress(address hospital,string api,bytes32 caHash,uint64 issued)')
  return { document, key: hospital.privateKey, signature: await signTyped(hospital, types, document) }
}

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

function manifest() {
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

function replacement() {
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

async function erasure() {
  const document = {
    patient: addressOf(patient),
    from: 1_767_225_600_000,
    to: 1_769_904_000_000,
    expires: 1_769_904_060_000,
  }
  const types = typesOf('EraseData(address patient,uint64 from,uint64 to,uint64 expires)')
  return { document, key: patient.privateKey, signature: await signTyped(patient, types, document) }
}

async function auditEntry() {
  const document = {
    hospital: addressOf(hospital),
    index: 41,
    at: 1_767_225_600_001,
    event: 'refused',
    patient: addressOf(patient),
    physician: addressOf(physician),
    grant: hash(940),
    request: hash(941),
    batches: 1_440,
    reason: 'REVOKED',
    salt: hash(942),
  }
  const bytes = encode([
    1,
    raw(document.hospital),
    document.index,
    document.at,
    document.event,
    raw(document.patient),
    raw(document.physician),
    raw(document.grant),
    raw(document.request),
    document.batches,
    document.reason,
    raw(document.salt),
  ])
  const leaf = keccak256(keccak256(bytes))
  const types = typesOf('AuditStatement(address hospital,bytes32 leaf)')
  const signature = await signTyped(hospital, types, { hospital: document.hospital, leaf })
  return { document, bytes: hex(bytes), leaf, key: hospital.privateKey, signature }
}

async function request() {
  const batches = [950, 951, 952].map((seed) => hex(Uint8Array.of(1, 0x71, 0x12, 0x20, ...filled(32, seed))))
  const document = {
    physician: addressOf(physician),
    grant: hash(953),
    proxies: [addressOf(hospital), hex(filled(20, 954))],
    nonce: hash(955),
    expires: 1_767_225_660_000,
  }
  const types = typesOf(
    'ReencryptionRequest(address physician,bytes32 grant,bytes32 batches,address[] proxies,bytes32 nonce,uint64 expires)',
  )
  const joined = keccak256(`0x${batches.map((cid) => cid.slice(2)).join('')}`)
  const signature = await signTyped(physician, types, { ...document, batches: joined })
  return { document: { ...document, batches }, key: physician.privateKey, signature }
}

async function holding() {
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
