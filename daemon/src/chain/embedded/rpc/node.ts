import type { Methods, RpcContext } from './context.ts'
import { data, quantity } from './hex.ts'
import { bytesAt } from './params.ts'

export const CLIENT_VERSION = 'Hygeia/embedded-clique'

/** Who answers, and that it has nothing to catch up with. */
export function nodeMethods({ spec, crypto }: RpcContext): Methods {
  return {
    eth_chainId: () => quantity(spec.chainId),
    eth_syncing: () => false,
    eth_accounts: () => [],
    eth_mining: () => true,
    net_version: () => String(spec.chainId),
    net_listening: () => false,
    net_peerCount: () => quantity(0),
    web3_clientVersion: () => CLIENT_VERSION,
    web3_sha3: (params) => data(crypto.keccak256(bytesAt(params, 0))),
  }
}
