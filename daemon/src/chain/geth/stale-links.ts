import { z } from 'zod'

/** geth's `admin_peers`, as far as it tells one connection from the next. */
const Peers = z.array(
  z.looseObject({
    enode: z.string(),
    network: z.looseObject({ localAddress: z.string(), remoteAddress: z.string() }),
  }),
)

/**
 * Renews connections that a hospital's absence has outlived. geth reads from one for half a minute before it gives it up,
 * and when packets come again within that, the two ends may part just when one has asked the other for blocks: then it
 * waits for the answer for up to a minute, asks nobody else, and takes no new block.
 *
 * @see go-ethereum 1.13.15, `frameReadTimeout` in p2p and `ttlLimit` in p2p/msgrate
 */
export class StaleLinks {
  readonly #call: (method: string, params: readonly unknown[]) => Promise<unknown>
  readonly #suspected = new Map<string, string>()

  /** @param call - of geth's JSON-RPC, with the `admin` methods */
  constructor(call: (method: string, params: readonly unknown[]) => Promise<unknown>) {
    this.#call = call
  }

  /** The hospital of a node does not answer any more. */
  async suspect(enode: string): Promise<void> {
    const connection = await this.#connectionTo(enode)
    if (connection === undefined) this.#suspected.delete(enode)
    else this.#suspected.set(enode, connection)
  }

  /** It answers again: whatever connection is still the one from before is made anew. @returns whether it was */
  async renew(enode: string): Promise<boolean> {
    const connection = this.#suspected.get(enode)
    this.#suspected.delete(enode)
    if (connection === undefined || connection !== (await this.#connectionTo(enode))) return false
    await this.#call('admin_removePeer', [enode])
    await this.#call('admin_addPeer', [enode])
    return true
  }

  async #connectionTo(enode: string): Promise<string | undefined> {
    const peers = Peers.parse(await this.#call('admin_peers', []))
    // Who dialled is known by the key alone: their port is another one each time.
    const found = peers.find((peer) => keyOf(peer.enode) === keyOf(enode))
    return found && `${found.network.localAddress} ${found.network.remoteAddress}`
  }
}

const keyOf = (enode: string): string => enode.split('@')[0] ?? ''
