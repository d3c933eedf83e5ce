import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { encode } from 'cborg'
import { LangEn } from 'ethers'
import { addressOf, device, filled, hex, hospital, patient, raw, realm, signTyped, typesOf } from './world.ts'

/** An enrolment and what both sides make of it: keys by node:crypto, words by ethers. */
export async function makePairing(): Promise<Record<string, unknown>> {
  const document = {
    realm,
    patient: addressOf(patient),
    hospitals: [
      {
        hospital: addressOf(hospital),
        receiptKey: hex(filled(20, 1100)),
        caHash: hex(filled(32, 1101)),
        api: 'https://hospital.example:8443',
      },
      {
        hospital: hex(filled(20, 1102)),
        receiptKey: hex(filled(20, 1103)),
        caHash: hex(filled(32, 1104)),
        api: 'https://[2001:db8::1]',
      },
    ],
    secret: hex(filled(16, 1105)),
    expires: 1_767_226_200_999,
  }
  const bytes = encode([
    realm.chainId,
    raw(realm.directory),
    raw(realm.genesis),
    raw(document.patient),
    document.hospitals.map(({ hospital, receiptKey, caHash, api }) => [
      raw(hospital),
      raw(receiptKey),
      raw(caHash),
      api,
    ]),
    raw(document.secret),
    document.expires,
  ])
  const text = `hygeia1:${Buffer.from(bytes).toString('base64url')}`
  const salt = createHash('sha256').update(text).digest()
  const derive = (purpose: string, length: number) =>
    new Uint8Array(hkdfSync('sha256', raw(document.secret), salt, `hygeia/pairing/${purpose}/1`, length))

  const binding = {
    device: addressOf(device),
    patient: addressOf(patient),
    nonce: BigInt(hex(derive('nonce', 32))).toString(),
    deadline: 1_767_226_200,
  }
  const types = typesOf('BindDevice(address device,address patient,uint256 nonce,uint256 deadline)')
  const signature = await signTyped(device, types, binding)
  const mac = createHmac('sha256', derive('mac', 32))
    .update(raw(binding.device))
    .update(raw(signature))
    .digest()
  const offer = { device: binding.device, signature, mac: hex(mac) }

  const dictionary = LangEn.wordlist()
  const bits =
    BigInt(hex(new Uint8Array(hkdfSync('sha256', derive('words', 32), '', raw(binding.device), 9)))) >> 6n
  return {
    enrolment: { document, text },
    mailbox: hex(derive('mailbox', 16)),
    binding,
    offer: {
      document: offer,
      key: device.privateKey,
      bytes: hex(encode([1, raw(offer.device), raw(signature), mac])),
    },
    words: Array.from({ length: 6 }, (_, index) =>
      dictionary.getWord(Number((bits >> BigInt(11 * index)) & 2047n)),
    ),
  }
}
