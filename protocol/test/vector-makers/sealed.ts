import { createCipheriv, createHash, hkdfSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { encode } from 'cborg'
import { keccak256 } from 'ethers'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { addressOf, device, filled, hex, raw, signTyped, typesOf } from './world.ts'

const PRIORITIES = ['alert', 'vitals', 'ecg', 'rest']

/** Sealed by node:crypto, signed by ethers, addressed by node:crypto and multiformats. */
export async function makeSealed(): Promise<Record<string, unknown>> {
  const batches: Record<string, { padded: string }> = JSON.parse(
    await readFile(new URL('../vectors/batch.json', import.meta.url), 'utf8'),
  )
  const padded = (name: string) => raw(batches[name]?.padded ?? '0x')
  const common = {
    device: addressOf(device),
    capsule: hex(filled(105, 800)),
    wrappedKey: hex(filled(72, 801)),
    incarnation: hex(filled(8, 802)),
    dataKey: hex(filled(32, 803)),
  }
  const first = await seal(padded('four channels at 1 Hz'), {
    ...common,
    label: 'vitals/2026-01/0',
    sequence: 0,
    from: 1_767_226_834_690,
    to: 1_767_226_893_690,
    isDated: true,
    priority: 'vitals',
  })
  const second = await seal(padded('a second of two ECG leads'), {
    ...common,
    label: 'ecg/2026-01/12',
    sequence: 70_000,
    prev: first.cid,
    from: 1_767_234_600_123,
    to: 1_767_234_601_119,
    isDated: true,
    priority: 'ecg',
  })
  const undated = await seal(padded('before the clock was set'), {
    ...common,
    label: 'alert/1970-01/0',
    sequence: Number.MAX_SAFE_INTEGER,
    from: 30_000,
    to: 30_000,
    isDated: false,
    priority: 'alert',
  })
  return {
    'the first of an incarnation': first,
    'one after another': second,
    'before the clock was set': undated,
  }
}

interface Header {
  device: string
  label: string
  incarnation: string
  sequence: number
  prev?: string
  from: number
  to: number
  isDated: boolean
  priority: string
  capsule: string
  wrappedKey: string
  dataKey: string
}

async function seal(padded: Uint8Array, { dataKey, ...header }: Header) {
  const fields = [
    1,
    raw(header.device),
    header.label,
    raw(header.incarnation),
    header.sequence,
    header.prev === undefined ? null : raw(header.prev),
    header.from,
    header.to - header.from,
    header.isDated,
    PRIORITIES.indexOf(header.priority),
    raw(header.capsule),
    raw(header.wrappedKey),
  ]
  const info = encode([
    'hygeia/batch/1',
    raw(header.device),
    header.label,
    raw(header.incarnation),
    header.sequence,
  ])
  const key = new Uint8Array(hkdfSync('sha256', raw(dataKey), '', info, 32))
  const cipher = createCipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 })
  const associated = encode(fields)
  cipher.setAAD(associated, { plaintextLength: padded.length })
  const ciphertext = Uint8Array.from(
    Buffer.concat([cipher.update(padded), cipher.final(), cipher.getAuthTag()]),
  )
  const signature = await signTyped(device, typesOf('SealedBatch(bytes32 header,bytes32 ciphertext)'), {
    header: keccak256(associated),
    ciphertext: keccak256(ciphertext),
  })
  const block = encode([...fields, ciphertext, raw(signature)])
  const digest = createHash('sha256').update(block).digest()
  const cid = CID.createV1(0x71, create(0x12, digest))
  return {
    header,
    dataKey,
    key: device.privateKey,
    batchKey: hex(key),
    associatedData: hex(associated),
    padded: hex(padded),
    block: hex(block),
    cid: hex(cid.bytes),
    cidText: cid.toString(),
  }
}
