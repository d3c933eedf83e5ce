/**
 * Blocks between two lists of signers: an hour at 5 s. An offline proof may need all headers from one list to the next, some
 * 600 bytes each, and a vote on a validator counts until the next list.
 */
export const USUAL_EPOCH = 720
