import { RLP } from '@ethereumjs/rlp'
import { headerAt, type Methods, type RpcContext } from './context.ts'
import { data } from './hex.ts'
import { hashAt } from './params.ts'

/** The bytes that were hashed and sealed: proofs offline and `geth import` need them, not their JSON. */
export function rawMethods(context: RpcContext): Methods {
  const { store } = context
  return {
    debug_getRawHeader: (params) => data(headerAt(context, params, 0).rlp),
    debug_getRawBlock: (params) =>
      data(store.rawBlock(headerAt(context, params, 0).number) ?? RLP.encode([])),
    debug_getRawTransaction(params) {
      const place = store.placeOf(hashAt(params, 0))
      const tx = place && store.txs(place.number)[place.index]
      return tx === undefined ? '0x' : data(tx.raw)
    },
  }
}
