import { RLP } from '@ethereumjs/rlp'

/** EthereumJS prefixes contract code with `c` and a storage trie's nodes with this many bytes of its account's key. */
const CODE_PREFIX = '63'
const STORAGE_PREFIX_NIBBLES = 14
const IS_LEAF = 2

type Nodes = ReadonlyMap<string, Uint8Array>

/**
 * The nodes among `written` that belong to the state under `root`. The tries write every root they pass through on
 * the way, one per changed account or slot; only the last is ever asked for, and the rest would double the disk.
 *
 * @param root - state root of the finished block
 * @param written - by the hex key that EthereumJS gives a node
 */
export function reachable(root: Uint8Array, written: Nodes): Map<string, Uint8Array> {
  const kept = new Map<string, Uint8Array>()

  const keep = (key: string): Uint8Array | undefined => {
    const node = written.get(key)
    // What was not written by this block is on disk already, and everything below it too.
    if (node === undefined || kept.has(key)) return undefined
    kept.set(key, node)
    return node
  }

  const visit = (reference: unknown, prefix: string, path: string, onLeaf: OnLeaf): void => {
    let node = reference
    if (reference instanceof Uint8Array) {
      if (reference.length !== 32) return
      const bytes = keep(prefix + hex(reference))
      if (bytes === undefined) return
      node = RLP.decode(bytes)
    }
    if (!Array.isArray(node)) return
    if (node.length === 17) {
      for (let nibble = 0; nibble < 16; nibble++)
        visit(node[nibble], prefix, path + nibble.toString(16), onLeaf)
      return
    }
    const [encodedPath, value] = node
    if (!(encodedPath instanceof Uint8Array)) return
    const { nibbles, isLeaf } = compactPath(encodedPath)
    if (isLeaf) onLeaf(path + nibbles, value)
    else visit(value, prefix, path + nibbles, onLeaf)
  }

  visit(root, '', '', (path, value) => {
    const account = value instanceof Uint8Array ? RLP.decode(value) : undefined
    if (!Array.isArray(account)) return
    const [, , storageRoot, codeHash] = account
    visit(storageRoot, path.slice(0, STORAGE_PREFIX_NIBBLES), '', () => {})
    if (codeHash instanceof Uint8Array) keep(CODE_PREFIX + hex(codeHash))
  })
  return kept
}

type OnLeaf = (path: string, value: unknown) => void

/** @see yellow paper, appendix C, "hex-prefix encoding" */
function compactPath(encoded: Uint8Array): { nibbles: string; isLeaf: boolean } {
  const text = hex(encoded)
  const flags = Number.parseInt(text.charAt(0), 16)
  const isOdd = flags % 2 === 1
  return { nibbles: text.slice(isOdd ? 1 : 2), isLeaf: flags >= IS_LEAF }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
