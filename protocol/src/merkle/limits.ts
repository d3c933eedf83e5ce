/** Most leaves that one anchor carries. */
export const LEAF_LIMIT = 8_192
