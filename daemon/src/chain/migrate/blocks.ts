import { z } from 'zod'
import type { RpcTransport } from '../json-rpc/transport.ts'

/** A chain up to a block, to be written out or taken over by another engine. */
export interface Blocks {
  readonly head: { readonly number: number; readonly hash: string }
  /** RLP of every block from the genesis on, in order. */
  all(): AsyncGenerator<Uint8Array>
  close(): Promise<void>
}

const Header = z.looseObject({ number: z.string(), hash: z.string().regex(/^0x[0-9a-f]{64}$/) })
const Raw = z.string().regex(/^0x([0-9a-f]{2})+$/)

/**
 * The blocks of a node that runs, up to its newest one now.
 *
 * @throws {ChainError | RpcError} when it does not answer
 */
export async function blocksOf(transport: RpcTransport): Promise<Blocks> {
  const newest = Header.parse(await transport.call('eth_getBlockByNumber', ['latest', false]))
  const head = { number: Number(newest.number), hash: newest.hash }
  return {
    head,
    async *all() {
      for (let at = 0; at <= head.number; at++) {
        const raw = Raw.parse(await transport.call('debug_getRawBlock', [`0x${at.toString(16)}`]))
        yield Buffer.from(raw.slice(2), 'hex')
      }
    },
    close: () => transport.close(),
  }
}
