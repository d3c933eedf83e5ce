import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { Realm } from '@hygeia/protocol/typed-data/domain'

export const REALM: Realm = {
  chainId: 4_711,
  directory: `0x${'d1'.repeat(20)}` as Address,
  genesis: `0x${'9e'.repeat(32)}` as Hex32,
}
