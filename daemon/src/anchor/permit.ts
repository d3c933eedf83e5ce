import type { Hex32 } from '@hygeia/protocol/ids'

/** What the consortium has to say about this hospital's anchors. */
export interface AnchorPermit {
  /** Whether this hospital is an active member: the contract takes anchors of nobody else. */
  readonly mayAnchor: boolean

  /**
   * Resolves when enough other hospitals say to hold what is under a final `root`: before that nobody gets a receipt.
   *
   * @throws the signal's reason
   */
  witnessed(root: Hex32, signal: AbortSignal): Promise<void>
}

/** The permit of a consortium of one. */
export const ALONE: AnchorPermit = { mayAnchor: true, witnessed: async () => {} }
