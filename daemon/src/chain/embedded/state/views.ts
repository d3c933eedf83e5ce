import type { Common } from '@ethereumjs/common'
import type { ChainCrypto } from '../crypto.ts'
import type { ChainStore } from '../store/chain.ts'
import type { Header } from '../store/header.ts'
import { StateView } from './view.ts'

/** Most callers ask about the head; a page of history asks about a few blocks again and again. */
const VIEWS_KEPT = 4

/** Views of the states after recent and historic blocks; those used last are kept open. */
export class StateViews {
  readonly #deps: { store: ChainStore; common: Common; crypto: ChainCrypto }
  readonly #open = new Map<number, Promise<StateView>>()

  constructor(deps: { store: ChainStore; common: Common; crypto: ChainCrypto }) {
    this.#deps = deps
  }

  at(header: Header): Promise<StateView> {
    const held = this.#open.get(header.number)
    this.#open.delete(header.number)
    const view = held ?? StateView.open(header, this.#deps)
    this.#open.set(header.number, view)
    for (const number of this.#open.keys()) {
      if (this.#open.size <= VIEWS_KEPT) break
      this.#open.delete(number)
    }
    view.catch(() => this.#open.delete(header.number))
    return view
  }

  head(): Promise<StateView> {
    return this.at(this.#deps.store.head)
  }
}
