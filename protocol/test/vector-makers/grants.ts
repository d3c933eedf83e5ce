import { encode } from 'cborg'
import { TypedDataEncoder } from 'ethers'
import {
  addressOf,
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

export function grant() {
  const document = grantDocument()
  const types = typesOf(`Grant(${GRANT_FIELDS})`, LABEL_KEY, PROXY)
  const bytes = encode(grantFields(1, document))
  return { document, hash: TypedDataEncoder.hashStruct('Grant', types, document), bytes: hex(bytes) }
}

export function emergencyGrant() {
  const document = { ...grantDocument(), emergencyMs: 14_400_000 }
  const types = typesOf(`EmergencyGrant(${GRANT_FIELDS},uint64 emergencyMs)`, LABEL_KEY, PROXY)
  const bytes = encode([...grantFields(2, document), document.emergencyMs])
  return { document, hash: TypedDataEncoder.hashStruct('EmergencyGrant', types, document), bytes: hex(bytes) }
}

export async function breakGlass() {
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
