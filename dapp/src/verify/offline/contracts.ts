import { runtimeBytecodeHash as anchorHash, immutables as anchorImmutables } from '@hygeia/contracts/anchor'
import { isRuntimeOf } from '@hygeia/contracts/deploy/runtime'
import {
  runtimeBytecodeHash as directoryHash,
  immutables as directoryImmutables,
} from '@hygeia/contracts/directory'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { keccak256 } from '@hygeia/protocol/keccak'
import { domainSeparator, type Realm } from '@hygeia/protocol/typed-data/domain'
import type { Finding } from '../verdict.ts'
import type { StorageReader } from './storage.ts'

type Span = { readonly start: number; readonly length: number }

/** The account at `directory` runs the published `Directory`, made for this chain. */
export async function isDirectory(state: StorageReader, realm: Realm, code: Uint8Array): Promise<Finding> {
  const runtime = { runtimeBytecodeHash: directoryHash, immutables: directoryImmutables }
  const chainId = `0x${realm.chainId.toString(16).padStart(64, '0')}`
  const made = [realm.genesis, chainId, toHex(domainSeparator(realm))]
  return isContract('Directory', realm.directory, await state.codeHash(realm.directory), code, runtime, made)
}

/** The account at `anchor` runs the published `Anchor`, made for this directory. */
export async function isAnchor(
  state: StorageReader,
  { directory }: Realm,
  anchor: Address,
  code: Uint8Array,
): Promise<Finding> {
  const runtime = { runtimeBytecodeHash: anchorHash, immutables: anchorImmutables }
  const made = [`0x${directory.slice(2).padStart(64, '0')}`]
  return isContract('Anchor', anchor, await state.codeHash(anchor), code, runtime, made)
}

/** @param made - words that its constructor wrote into the code, in any order */
function isContract(
  name: string,
  address: Address,
  held: Hex32,
  code: Uint8Array,
  runtime: { readonly runtimeBytecodeHash: string; readonly immutables: readonly Span[] },
  made: readonly string[],
): Finding {
  if (toHex(keccak256(code)) !== held) {
    return [false, `the code in the file is not the code at ${address}`, 'ANOTHER_CODE']
  }
  if (!isRuntimeOf(runtime, toHex(code))) {
    return [false, `the code at ${address} is not that of ${name}`, 'ANOTHER_CONTRACT']
  }
  const isOurs = runtime.immutables.every(({ start, length }) =>
    made.includes(toHex(code.subarray(start, start + length))),
  )
  if (!isOurs) return [false, `${name} at ${address} was made for another chain`, 'ANOTHER_CHAIN']
  return [true, `${name} at ${address}, by the hash of its code`]
}
