import { hexlify, SigningKey } from 'ethers'

/**
 * URL under which other nodes connect to a node.
 *
 * @param nodeKey - 32 bytes
 * @see Ethereum, "enode URL format": the 64-byte public key in hex before the address
 */
export function enodeOf(nodeKey: Uint8Array, { host, port }: { host: string; port: number }): string {
  const { publicKey } = new SigningKey(hexlify(nodeKey))
  const name = host.includes(':') ? `[${host}]` : host
  return `enode://${publicKey.slice('0x04'.length)}@${name}:${port}`
}
