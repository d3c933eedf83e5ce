import { type Address, fromHex, type Hex, type Hex32, type Incarnation } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { z } from 'zod'
import { cidBytes, isCanonicalCid } from './cid-text.ts'

/** Text of one pattern that has, once checked, a type of its own. */
function branded<T extends string | number>(schema: z.ZodString | z.ZodNumber): z.ZodType<T, T> {
  return schema as unknown as z.ZodType<T, T>
}

const hexOf = (bytes: number, what: string) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-f]{${bytes * 2}}$`), `not 0x and ${bytes * 2} lower-case hex digits`)
    .meta({ description: what })

export const address = branded<Address>(hexOf(20, 'Account address, lower case'))
export const hex32 = branded<Hex32>(hexOf(32, '32 bytes'))
export const incarnation = branded<Incarnation>(hexOf(8, 'Random name of one life of a spool'))
/** A compact signature of 64 bytes (EIP-2098), as hex. */
export const signature = branded<Hex>(
  hexOf(64, 'secp256k1 signature: r, then s with the recovery bit on top'),
)
export const mailboxName = branded<Hex>(hexOf(16, 'Name of a mailbox'))
export const umbralKey = branded<Hex>(hexOf(33, 'Compressed Umbral public key'))

/** Bytes as hex, at most `limitBytes` of them, taken apart on the way in. */
export const hexBytes = (limitBytes: number, what: string) =>
  z
    .string()
    .max(2 + limitBytes * 2)
    .regex(/^0x[0-9a-f]*$/, 'not 0x and lower-case hex digits')
    .refine((text) => text.length % 2 === 0, 'not whole bytes')
    .meta({ description: what })
    .transform(fromHex)

/** Bytes as hex on the way out. */
export const hexText = (what: string) =>
  branded<Hex>(
    z
      .string()
      .regex(/^0x([0-9a-f]{2})*$/)
      .meta({ description: what }),
  )

export const unixMs = branded<UnixMs>(
  z.int().min(0).max(253_402_300_799_999).meta({ description: 'Milliseconds since the Unix epoch' }),
)
export const unixSeconds = z
  .int()
  .min(0)
  .max(253_402_300_799)
  .meta({ description: 'Seconds since the Unix epoch' })

/** An unsigned 256-bit number as decimal digits: JSON numbers are too small. */
export const uint256 = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,77})$/)
  .meta({ description: 'Unsigned 256-bit number, decimal' })
  .transform(BigInt)
  .refine((value) => value < 2n ** 256n, 'more than 256 bits')

const cidShape = z
  .string()
  .regex(/^bafyrei[a-z2-7]{52}$/, 'not a CIDv1 of dag-cbor and sha2-256')
  .meta({ description: 'CIDv1 of dag-cbor and sha2-256, base32' })
/** A CID as its 36 bytes; any other spelling of the same is refused. */
export const cid = cidShape.refine(isCanonicalCid, 'bits are set that no CID has').transform(cidBytes)
/** A CID on the way out. */
export const cidText = cidShape

/** A body, or an answer, of canonical DAG-CBOR. */
export const cborBytes = (limitBytes: number, what: string) =>
  z
    .custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= limitBytes)
    .meta({
      description: `${what}: canonical DAG-CBOR, at most ${limitBytes} bytes`,
      type: 'string',
      format: 'binary',
    })

/** Where a statement ended up on the chain. */
export const place = z.object({
  transaction: hex32,
  blockNumber: z.int().min(0),
})
export const CBOR = 'application/cbor'
