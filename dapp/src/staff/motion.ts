import { MalformedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { address, hex32 } from '../schema.ts'
import type { ActOnAccount } from './answers.ts'

/** A hospital as it introduces itself: what `hygeia-daemon hospitals card` prints. */
export const HospitalCard = z.strictObject({
  operator: address,
  anchor: address,
  relay: address,
  receipt: address,
  proxyKeyDigest: hex32,
  validator: address,
  api: z.url({ protocol: /^https$/ }).max(256),
  ca: z.string().max(16_384).startsWith('-----BEGIN CERTIFICATE-----'),
  enode: z.string().max(512).optional(),
})
export type HospitalCard = z.output<typeof HospitalCard>

const CARD_LIMIT_CHARACTERS = 24_576

/** What takes two people. */
export type Motion =
  | { readonly act: ActOnAccount; readonly subject: Address }
  | { readonly act: 'admit-hospital'; readonly subject: Address; readonly card: HospitalCard }

/** @param text - JSON @throws {MalformedError} `card` */
export function parseCard(text: string): HospitalCard {
  try {
    if (text.length > CARD_LIMIT_CHARACTERS) throw new RangeError(`${text.length} characters`)
    return HospitalCard.parse(JSON.parse(text))
  } catch (cause) {
    throw new MalformedError('card', 'not what `hygeia-daemon hospitals card` prints', { cause })
  }
}
