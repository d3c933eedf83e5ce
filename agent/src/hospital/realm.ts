import type { Address, Hex32 } from '@hygeia/protocol/ids'
import * as z from 'zod'

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((text) => text.toLowerCase() as Address)
const hex32 = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((text) => text.toLowerCase() as Hex32)

/** What `/v1/realm` says, as far as a device needs it. */
export const RealmAnswer = z.object({
  chainId: z.int().min(1),
  directory: address,
  genesis: hex32,
  hospital: address,
  receiptKey: address,
  caHash: hex32,
  /** Broker: `mqtts://host:port`. */
  mqtt: z.url({ protocol: /^mqtts$/ }).nullish(),
  /** `coap://host:port`. */
  coap: z.url({ protocol: /^coaps?$/ }).nullish(),
  /** Block period of the chain. */
  periodSec: z.number().positive().max(3_600),
})
export type RealmAnswer = z.infer<typeof RealmAnswer>
