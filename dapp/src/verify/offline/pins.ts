import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { address, hex32 } from '../../schema.ts'

/** Most signers that can be pinned: as many as a consortium has seats. */
const SIGNER_LIMIT = 64

/**
 * What somebody knows of a consortium from elsewhere than a proof: from a first visit, a notice board, a court's file.
 * Everything that a proof shows, it shows relative to this.
 */
export const Pins = z.strictObject({
  chainId: z.int().min(1),
  directory: address,
  /** Hash of block 0, which lists the first signers. */
  genesis: hex32,
  /** Who is known to seal of late; then a majority of these is wanted too. */
  signers: z.array(address).min(1).max(SIGNER_LIMIT).optional(),
})
export interface Pins {
  readonly chainId: number
  readonly directory: Address
  readonly genesis: Hex32
  readonly signers?: readonly Address[] | undefined
}
