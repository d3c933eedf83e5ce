import { encode } from 'cborg'
import { keccak256 } from 'ethers'
import { holding, manifest, receipt, replacement } from './anchored.ts'
import { breakGlass, emergencyGrant, grant } from './grants.ts'
import {
  addressOf,
  device,
  filled,
  hash,
  hex,
  hospital,
  LABEL_KEY,
  patient,
  physician,
  publicKey,
  raw,
  signTyped,
  typesOf,
} from './world.ts'

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
