import type { Address } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { z } from 'zod'

/** Why somebody outside is told. */
export const NOTICE_KINDS = ['alert', 'silent', 'back'] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

/** That something happened at a device; never what it measured. */
export interface Notice {
  /** `alert`: it sealed a batch with an alert; `silent`: nothing came for three windows; `back`: it sends again. */
  readonly kind: NoticeKind
  /** Account of the patient: a pseudonym. */
  readonly patient: Address
  readonly device: Address
  /** When the samples begin, or when it was last heard. */
  readonly at: UnixMs
}

/** What is sent of it: pseudonym, priority, time. */
export function bodyOf({ kind, patient, at }: Notice): string {
  const priority = kind === 'alert' ? 'high' : 'normal'
  return JSON.stringify({ kind, pseudonym: patient, priority, time: new Date(at).toISOString() })
}

const address = z.string().regex(/^0x[0-9a-f]{40}$/)
const Stored = z.strictObject({ kind: z.enum(NOTICE_KINDS), patient: address, device: address, at: z.int() })

export function encodeNotice({ kind, patient, device, at }: Notice): Uint8Array {
  return Buffer.from(JSON.stringify({ kind, patient, device, at }))
}

/** @throws when it is none */
export function decodeNotice(bytes: Uint8Array): Notice {
  return Stored.parse(JSON.parse(Buffer.from(bytes).toString())) as Notice
}
