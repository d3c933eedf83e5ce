import {
  type AuditEntry,
  auditLeafHash,
  auditSigner,
  decodeAuditEntry,
  encodeAuditEntry,
  signAuditEntry,
} from '../../src/audit/entry.ts'
import {
  areDeviceHospitalsSigned,
  type DeviceHospitals,
  decodeDeviceHospitals,
  encodeDeviceHospitals,
  signDeviceHospitals,
} from '../../src/device-hospitals/device-hospitals.ts'
import {
  type BreakGlass,
  isBreakGlassSigned,
  reasonHash,
  signBreakGlass,
} from '../../src/emergency/emergency.ts'
import { type Erasure, isErasureSigned, signErasure } from '../../src/erasure/erasure.ts'
import { decodeGrant, encodeGrant } from '../../src/grant/codec.ts'
import { type Grant, grantHash } from '../../src/grant/grant.ts'
import {
  fingerprint,
  isPhysicianKeySigned,
  keyDigest,
  type PhysicianKey,
  signPhysicianKey,
} from '../../src/grant/physician-key.ts'
import {
  decodeHolding,
  encodeHolding,
  type HoldingStatement,
  holdingSigner,
  signHolding,
} from '../../src/holding/holding.ts'
import {
  type HospitalAddress,
  hospitalAddressSigner,
  signHospitalAddress,
} from '../../src/hospital/address.ts'
import { fromHex } from '../../src/ids.ts'
import {
  areLabelKeysSigned,
  decodeLabelKeys,
  encodeLabelKeys,
  type LabelKeys,
  signLabelKeys,
} from '../../src/label-keys/label-keys.ts'
import { decodeManifest, encodeManifest, type Manifest } from '../../src/manifest/manifest.ts'
import {
  decodeReplacement,
  encodeReplacement,
  leafHashesOf,
  type ReplacementManifest,
} from '../../src/manifest/replacement.ts'
import { decodeReceipt, encodeReceipt } from '../../src/receipt/codec.ts'
import {
  type AnchorStatement,
  anchorSigner,
  isLeafProven,
  type Receipt,
  signAnchor,
} from '../../src/receipt/receipt.ts'
import { isRequestSigned, type ReencryptionRequest, signRequest } from '../../src/request/request.ts'
import { cidOf, formatCid } from '../../src/sealed/cid.ts'
import { recoverAddress } from '../../src/signature.ts'
import vectors from '../vectors/documents.json' with { type: 'json' }
import { type Checks, revive, same } from './assert.ts'
import { realm, signerOf } from './realm.ts'

function labelKeys(vector: { document: unknown; key: string; signature: string; bytes: string }): void {
  const document = revive<LabelKeys>(vector.document, 'publicKey')
  const signed = signLabelKeys(realm, document, signerOf(vector))
  same(signed.signature, vector.signature, 'signature')
  same(encodeLabelKeys(signed), vector.bytes, 'encoded')
  same(decodeLabelKeys(fromHex(vector.bytes)), signed, 'decoded')
  same(areLabelKeysSigned(realm, signed, recoverAddress), true, 'signed')
}

function grant({ document, hash, bytes }: { document: unknown; hash: string; bytes: string }): void {
  const grant = revive<Grant>(document, 'receivingKey', 'verifyingKey', 'publicKey', 'proxyKey')
  same(grantHash(grant), hash, 'hash')
  same(encodeGrant(grant), bytes, 'encoded')
  same(decodeGrant(fromHex(bytes)), document, 'decoded')
}

export const documentChecks: Checks = {
  'documents: label keys': () => labelKeys(vectors['label keys']),
  'documents: no label keys': () => labelKeys(vectors['no label keys']),
  'documents: device hospitals': () => {
    const vector = vectors['device hospitals']
    const signed = signDeviceHospitals(realm, vector.document as unknown as DeviceHospitals, signerOf(vector))
    same(signed.signature, vector.signature, 'signature')
    same(encodeDeviceHospitals(signed), vector.bytes, 'encoded')
    same(decodeDeviceHospitals(fromHex(vector.bytes)), signed, 'decoded')
    same(areDeviceHospitalsSigned(realm, signed, recoverAddress), true, 'signed')
  },
  'documents: physician key': () => {
    const vector = vectors['physician key']
    const document = revive<PhysicianKey>(vector.document, 'receivingKey')
    const signed = signPhysicianKey(realm, document, signerOf(vector))
    same(signed.signature, vector.signature, 'signature')
    same(isPhysicianKeySigned(realm, signed, recoverAddress), true, 'signed')
    same(keyDigest(document.receivingKey), vector.keyDigest, 'digest')
    same(fingerprint(document.receivingKey), vector.fingerprint, 'fingerprint')
  },
  'documents: grant': () => grant(vectors.grant),
  'documents: emergency grant': () => grant(vectors['emergency grant']),
  'documents: break glass': () => {
    const { document, reason, ...vector } = vectors['break glass']
    const glass = document as unknown as BreakGlass
    same(reasonHash(glass), reason, 'reason')
    const signed = signBreakGlass(realm, glass, signerOf(vector))
    same(signed.signature, vector.signature, 'signature')
    same(isBreakGlassSigned(realm, signed, recoverAddress), true, 'signed')
  },
  'documents: hospital address': () => {
    const { document, ...vector } = vectors['hospital address']
    const signed = signHospitalAddress(realm, document as unknown as HospitalAddress, signerOf(vector))
    same(signed.signature, vector.signature, 'signature')
    same(hospitalAddressSigner(realm, signed, recoverAddress), document.hospital, 'signer')
  },
  'documents: receipt': () => {
    const { anchor, signature, receipts, ...vector } = vectors.receipt
    const signed = signAnchor(realm, anchor as unknown as AnchorStatement, signerOf(vector))
    same(signed.signature, signature, 'signature')
    same(anchorSigner(realm, signed, recoverAddress), anchor.hospital, 'signer')
    for (const { bytes, ...proven } of receipts) {
      const receipt: Receipt = {
        anchor: signed,
        ...revive<Omit<Receipt, 'anchor'>>(proven, 'digest', 'proof'),
      }
      same(encodeReceipt(receipt), bytes, 'encoded')
      same(decodeReceipt(fromHex(bytes)), receipt, 'decoded')
      same(isLeafProven(receipt), true, 'proven')
    }
  },
  'documents: manifest': () => {
    const { document, bytes, cidText } = vectors.manifest
    same(encodeManifest(revive<Manifest>(document, 'digest')), bytes, 'encoded')
    same(decodeManifest(fromHex(bytes)), document, 'decoded')
    same(formatCid(cidOf(fromHex(bytes))), cidText, 'CID')
  },
  'documents: replacement manifest': () => {
    const { document, bytes } = vectors['replacement manifest']
    const made = encodeReplacement(revive<ReplacementManifest>(document, 'digest', 'leafHash'))
    same(made, bytes, 'encoded')
    same(decodeReplacement(fromHex(bytes)), document, 'decoded')
    same(leafHashesOf(decodeReplacement(fromHex(bytes))).length, document.leaves.length, 'leaves')
  },
  'documents: erasure': () => {
    const vector = vectors.erasure
    const signed = signErasure(realm, vector.document as unknown as Erasure, signerOf(vector))
    same(signed.signature, vector.signature, 'signature')
    same(isErasureSigned(realm, signed, recoverAddress), true, 'signed')
  },
  'documents: audit entry': () => {
    const vector = vectors['audit entry']
    const entry = vector.document as unknown as AuditEntry
    same(encodeAuditEntry(entry), vector.bytes, 'encoded')
    same(decodeAuditEntry(fromHex(vector.bytes)), vector.document, 'decoded')
    same(auditLeafHash(entry), vector.leaf, 'leaf')
    same(signAuditEntry(realm, entry, signerOf(vector)), vector.signature, 'signature')
    same(auditSigner(realm, entry, fromHex(vector.signature), recoverAddress), entry.hospital, 'signer')
  },
  'documents: request': () => {
    const vector = vectors.request
    const request = revive<ReencryptionRequest>(vector.document, 'batches')
    same(signRequest(realm, request, signerOf(vector)), vector.signature, 'signature')
    same(isRequestSigned(realm, request, fromHex(vector.signature), recoverAddress), true, 'signed')
  },
  'documents: holding statement': () => {
    const { document, bytes, signature, ...vector } = vectors['holding statement']
    const signed = signHolding(realm, document as unknown as HoldingStatement, signerOf(vector))
    same(signed.signature, signature, 'signature')
    same(encodeHolding(signed), bytes, 'encoded')
    same(decodeHolding(fromHex(bytes)), { ...document, signature }, 'decoded')
    same(holdingSigner(realm, signed, recoverAddress), document.hospital, 'signer')
  },
}
