import type { Address } from '@hygeia/protocol/ids'
import type { ChainEngine } from '../chain/engine.ts'
import type { Transactor } from '../transactor/transactor.ts'

export interface FundsDeps {
  readonly engine: Pick<ChainEngine, 'request'>
  readonly operator: Pick<Transactor, 'address' | 'send'>
}

/** An account with less is given something: 100 coins, the gas of half a million anchors. */
const ENOUGH_WEI = 10n ** 20n
/** Of what this hospital has, for each account: who is admitted can admit others in turn. */
const SHARE = 16n
const TRANSFER_GAS = 21_000

/**
 * Give those `accounts` that have too little what they need to send transactions: the coins of a consortium are worth
 * nothing, and its founder has more than all of it can spend.
 *
 * @returns the accounts that were given something
 * @throws {TransactorError | ChainError | RpcError}
 */
export async function fund(
  accounts: readonly Address[],
  { engine, operator }: FundsDeps,
): Promise<readonly Address[]> {
  const balanceOf = async (account: Address) =>
    BigInt(String(await engine.request({ method: 'eth_getBalance', params: [account, 'latest'] })))
  const [own, ...balances] = await Promise.all([operator.address, ...accounts].map(balanceOf))
  const poor = accounts.filter((_, index) => (balances[index] ?? 0n) < ENOUGH_WEI)
  const value = (own ?? 0n) / SHARE
  await Promise.all(poor.map((to) => operator.send({ to, data: '0x', gasLimit: TRANSFER_GAS, value })))
  return poor
}
