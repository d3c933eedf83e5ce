import { CodedError } from '../errors.ts'
import type { Address, Hex32 } from '../ids.ts'

/** Why a header is not one that the chain's signers would have accepted. `block` is its number. @see EIP-225 */
export type CliqueFault =
  /** It does not name the one before it as its parent, or is not one higher and later. */
  | { readonly code: 'HEADER_NOT_NEXT'; readonly block: number }
  /** Whoever sealed it was not a signer at that height; the zero address where the seal is none at all. */
  | { readonly code: 'SEALER_NOT_A_SIGNER'; readonly block: number; readonly sealer: Address }
  /** A signer seals one of ⌊n/2⌋+1 consecutive blocks at most. */
  | { readonly code: 'SEALED_TOO_SOON'; readonly block: number; readonly sealer: Address }
  /** 2 in turn, 1 out of turn. */
  | { readonly code: 'WRONG_DIFFICULTY'; readonly block: number; readonly sealer: Address }
  /** Signers are listed at every epoch and nowhere else. */
  | { readonly code: 'CHECKPOINT_MISPLACED'; readonly block: number }
  /** The list at an epoch is not what the votes before it led to. */
  | { readonly code: 'CHECKPOINT_NOT_VOTED'; readonly block: number }
  /** The first header is not the genesis that is trusted. */
  | { readonly code: 'WRONG_GENESIS'; readonly genesis: Hex32 }
  /** Too few of the signers known until then sealed what follows a checkpoint that lists new ones. */
  | {
      readonly code: 'HANDOVER_NOT_SEALED'
      readonly block: number
      readonly sealed: number
      readonly needed: number
    }
  /** Too few signers sealed the block or what follows it: it could still be replaced. */
  | { readonly code: 'NOT_FINAL'; readonly block: number; readonly sealed: number; readonly needed: number }
  /** The block that is asked about is not among the headers. */
  | { readonly code: 'BLOCK_MISSING'; readonly block: number }

export class CliqueError extends CodedError<CliqueFault> {}
