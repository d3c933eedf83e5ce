import { createHash } from 'node:crypto'
import { createMPT } from '@ethereumjs/mpt'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import { Account, Address, ValueEncoding } from '@ethereumjs/util'
import t from 'tap'
import { reachable } from '../../../../../src/chain/embedded/state/reachable.ts'
import { NodeOverlay } from '../../../../../src/chain/embedded/store/nodes.ts'

const ACCOUNTS = 120
const SLOTS = 60

t.test('what is kept is enough to read the whole state, and no more', async (t) => {
  const overlay = new NodeOverlay({ get: () => undefined })
  const state = await stateOver(overlay)
  await fill(state, 1)
  const root = await state.getStateRoot()
  const kept = reachable(root, overlay.written)
  t.ok(kept.size < overlay.written.size / 2, `${kept.size} of ${overlay.written.size} nodes`)

  const copy = await stateOver(new NodeOverlay({ get: (key) => kept.get(key) }))
  await copy.setStateRoot(root)
  for (let index = 0; index < ACCOUNTS; index++) {
    t.equal((await copy.getAccount(address(index)))?.balance, BigInt(index + 1))
  }
  for (let index = 0; index < SLOTS; index++) {
    t.equal((await copy.getStorage(address(3), digest(`slot ${index}`)))[0], 1 + (index % 200))
  }
  t.equal((await copy.getCode(address(3))).length, 40)

  for (const key of kept.keys()) {
    const without = new Map(kept)
    without.delete(key)
    const holed = reachable(root, without)
    t.ok(holed.size < kept.size, 'each is referred to')
  }
})

t.test('a second block keeps only what it adds', async (t) => {
  const first = new NodeOverlay({ get: () => undefined })
  const state = await stateOver(first)
  await fill(state, 1)
  const stored = reachable(await state.getStateRoot(), first.written)

  const second = new NodeOverlay({ get: (key) => stored.get(key) })
  const next = await stateOver(second)
  await next.setStateRoot(await state.getStateRoot())
  await next.putAccount(address(7), new Account(9n, 99n))
  await next.putStorage(address(3), digest('slot 5'), Uint8Array.of(250))
  const added = reachable(await next.getStateRoot(), second.written)
  t.ok(added.size > 2 && added.size < 12, `${added.size} nodes`)
  for (const key of added.keys()) t.notOk(stored.has(key))
})

async function stateOver(db: NodeOverlay): Promise<MerkleStateManager> {
  const trie = await createMPT({ db, useKeyHashing: true, valueEncoding: ValueEncoding.Bytes })
  return new MerkleStateManager({ trie, prefixStorageTrieKeys: true, caches: new Caches() })
}

async function fill(state: MerkleStateManager, nonce: number): Promise<void> {
  for (let index = 0; index < ACCOUNTS; index++) {
    await state.putAccount(address(index), new Account(BigInt(nonce), BigInt(index + 1)))
  }
  await state.putCode(address(3), new Uint8Array(40).fill(0x5b))
  for (let index = 0; index < SLOTS; index++) {
    await state.putStorage(address(3), digest(`slot ${index}`), Uint8Array.of(1 + (index % 200)))
  }
}

function address(index: number): Address {
  return new Address(digest(`account ${index}`).slice(0, 20))
}

function digest(text: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(text).digest())
}
