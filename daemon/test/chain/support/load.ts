import { getCreateAddress, hexlify, id, randomBytes, SigningKey, type Wallet } from 'ethers'
import { RICH, RICH_KEYS, richWallet } from './genesis.ts'
import { ledgerCall, ledgerDeployment } from './ledger.ts'
import { rpc } from './rpc-client.ts'

const GAS_LIMIT = 400_000
const CHAIN_ID = 424_242

export const LEDGER = getCreateAddress({ from: RICH[0] ?? '', nonce: 0 })

/** Accounts that send all kinds of transactions, one after the other, for as long as they are asked. */
export class Load {
  readonly #wallets: readonly Wallet[] = RICH_KEYS.map((_, index) => richWallet(index))
  readonly #nonces: number[] = this.#wallets.map(() => 0)
  /** Raw transaction by hash, of all that were taken. */
  readonly sent = new Map<string, string>()
  #turn = 0

  /** The contract first: everything else calls it. @returns hash of its transaction */
  async deploy(url: string): Promise<string> {
    const raw = await this.#wallet(0).signTransaction({
      ...(await ledgerDeployment()),
      ...this.#envelope(0, 2),
      gasLimit: 2_000_000,
    })
    return this.#send(url, raw)
  }

  /** @returns hashes of the transactions that were taken; those refused are sent again with the next call */
  async send(url: string, count: number): Promise<string[]> {
    const hashes: string[] = []
    for (let index = 0; index < count; index++) {
      const turn = this.#turn++
      const account = turn % this.#wallets.length
      const wallet = this.#wallet(account)
      const raw = await wallet.signTransaction({ ...this.#envelope(account, turn % 3), ...kind(turn) })
      hashes.push(await this.#send(url, raw))
    }
    return hashes
  }

  /** Read the nonces again: what was in memory only is gone after a kill. */
  async resume(url: string): Promise<void> {
    for (const [index, wallet] of this.#wallets.entries()) {
      const { result } = await rpc(url, 'eth_getTransactionCount', wallet.address, 'latest')
      this.#nonces[index] = Number(result)
    }
  }

  #wallet(index: number): Wallet {
    const wallet = this.#wallets[index]
    if (wallet === undefined) throw new Error('no such account')
    return wallet
  }

  #envelope(account: number, type: number) {
    const nonce = this.#nonces[account] ?? 0
    this.#nonces[account] = nonce + 1
    const shared = { chainId: CHAIN_ID, nonce, gasLimit: GAS_LIMIT, type }
    if (type === 2) return { ...shared, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: BigInt(nonce) }
    const accessList = [{ address: LEDGER, storageKeys: [`0x${'00'.repeat(31)}01`] }]
    return { ...shared, gasPrice: 10n ** 11n, ...(type === 1 && { accessList }) }
  }

  async #send(url: string, raw: string): Promise<string> {
    const { result, error } = await rpc(url, 'eth_sendRawTransaction', raw)
    if (error !== undefined) throw new Error(error.message)
    this.sent.set(String(result), raw)
    return String(result)
  }
}

/** The same for the same turn: transfers, storage, logs, reverts, creation, destruction, precompiles. */
function kind(turn: number): { to: string; data?: string; value?: bigint } {
  const key = id(`key ${turn % 40}`)
  const call = (method: string, ...args: unknown[]) => ({ to: LEDGER, data: ledgerCall(method, args) })
  const kinds = [
    () => ({ to: `0x${id(`nobody ${turn % 30}`).slice(2, 42)}`, value: BigInt(turn) }),
    () => call('store', key, turn),
    () => call('clear', key),
    () => call('note'),
    () => call('storeMany', id(`many ${turn}`), 5),
    () => call('refuse', turn),
    () => ({ ...call('spawn', id(`short ${turn}`), true), value: 7n }),
    () => ({ ...call('spawn', id(`long ${turn}`), false), value: 9n }),
    () => call('precompiles', ...signed(turn)),
    () => call('storeThenRefuse', key),
    () => ({ to: LEDGER, value: 1n }),
  ]
  return kinds[turn % kinds.length]?.() ?? { to: LEDGER }
}

/** A signature to recover; every other one is damaged, and a high s is a signature too for the precompile. */
function signed(turn: number): [string, number, string, string] {
  const digest = id(`digest ${turn}`)
  const { v, r, s } = new SigningKey(hexlify(RICH_KEYS[1] ?? randomBytes(32))).sign(digest)
  if (turn % 2 === 0) return [digest, v, r, s]
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const highS = `0x${(order - BigInt(s)).toString(16).padStart(64, '0')}`
  return turn % 3 === 0 ? [digest, v, `0x${'00'.repeat(32)}`, s] : [digest, v === 27 ? 28 : 27, r, highS]
}
