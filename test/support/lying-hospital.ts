import { hash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { encodeAnchorCall } from '@hygeia/daemon/anchor/contract'
import { addressesOf, type HospitalKeys, readKeys } from '@hygeia/daemon/init/keys'
import { readCertificates } from '@hygeia/daemon/init/tls-files'
import { embeddedIpfs } from '@hygeia/daemon/ipfs/embedded/node'
import type { IpfsNode } from '@hygeia/daemon/ipfs/node'
import { type Address, type Hex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { encodeManifest } from '@hygeia/protocol/manifest/manifest'
import { type BatchLeaf, batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import { createLog } from '@hygeia/runtime/log'
import { JsonRpcProvider, Wallet } from 'ethers'
import type { Test } from 'tap'
import { HospitalProcess } from './hospital.ts'

/** What it answers to who asks what it holds; JSON. */
export type Says = (question: {
  readonly nonce: Hex32
  readonly manifests: readonly { readonly root: Hex32; readonly origin: Address }[]
}) => readonly unknown[]

export interface LyingOptions {
  readonly dir: string
  readonly chainUrl: string
  /** The Anchor contract. */
  readonly contract: Address
}

/**
 * A member of the consortium with real keys, a real place in the swarm and a real seat in the Directory, that says and
 * anchors whatever a test has it say.
 */
export class LyingHospital {
  readonly keys: HospitalKeys
  readonly ipfs: IpfsNode
  says: Says = () => []
  readonly #options: LyingOptions
  readonly #wallet: Wallet

  private constructor(options: LyingOptions, keys: HospitalKeys, ipfs: IpfsNode, provider: JsonRpcProvider) {
    this.#options = options
    this.keys = keys
    this.ipfs = ipfs
    this.#wallet = new Wallet(toHex(keys.accounts.anchor.key), provider)
  }

  get operator(): Address {
    return this.keys.accounts.operator.signer.address
  }

  /** Join as an honest hospital would: by invitation, card and votes. */
  static async join(
    t: Test,
    members: readonly HospitalProcess[],
    options: LyingOptions,
  ): Promise<LyingHospital> {
    const { dir, chainUrl } = options
    const [member] = members
    if (member === undefined) throw new Error('a consortium has a member')
    const invitation: unknown = JSON.parse(await member.command('hospitals', 'invite'))
    await HospitalProcess.init({ dir, periodSec: 1, chainUrl, isInSwarm: true, invitation })
    const keysDir = join(dir, 'keys')
    const keys = await readKeys(keysDir)
    const ipfs = embeddedIpfs(
      {
        path: join(dir, 'ipfs'),
        listen: ['/ip4/127.0.0.1/tcp/0'],
        swarmKeyFile: join(keysDir, 'swarm.key'),
        reserveBytes: 0,
      },
      { log: createLog('liar', 'silent') },
    )
    await ipfs.start()
    t.teardown(() => ipfs.stop())
    // A nonce that is a quarter of a second old may be used up.
    const provider = new JsonRpcProvider(chainUrl, undefined, { staticNetwork: true, cacheTimeout: -1 })
    t.teardown(() => provider.destroy())
    const liar = new LyingHospital(options, keys, ipfs, provider)
    const card = join(dir, 'card.json')
    await writeFile(card, JSON.stringify(await liar.#open(t, keysDir)))
    for (const one of members) await one.command('hospitals', 'admit', card)
    return liar
  }

  /** Anchor a manifest of `leaves`, with whatever else of it is to be otherwise. */
  async anchorLeaves(
    leaves: readonly BatchLeaf[],
    changes: { readonly hospital?: Address; readonly root?: Hex32; readonly count?: number } = {},
  ): Promise<Hex32> {
    const { hospital = this.operator } = changes
    const root = changes.root ?? (toHex(merkleTree(leaves.map(batchLeafHash)).root) as string as Hex32)
    return await this.anchor(root, changes.count ?? leaves.length, encodeManifest({ hospital, leaves }))
  }

  /** Anchor `root` over any bytes at all, which this hospital's IPFS node then gives. */
  async anchor(root: Hex32, count: number, block: Uint8Array): Promise<Hex32> {
    const digest = hash('sha256', block, 'buffer')
    await this.ipfs.putMany([{ digest, bytes: block }])
    const manifest = toHex(digest) as string as Hex32
    const data: Hex = encodeAnchorCall({ kind: 0, root, count, manifest })
    const sent = await this.#wallet.sendTransaction({ to: this.#options.contract, data })
    await sent.wait()
    return root
  }

  async #open(t: Test, keysDir: string) {
    const tls = await readCertificates(keysDir)
    const server = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part) => {
        body += part
      })
      request.on('end', () => {
        const answer =
          request.method === 'GET'
            ? { hospital: this.operator, ipfs: this.ipfs.addresses }
            : { answers: this.says(JSON.parse(body)) }
        response.end(JSON.stringify(answer))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    return {
      ...addressesOf(this.keys),
      validator: this.keys.accounts.validator.signer.address,
      api: `https://127.0.0.1:${port}`,
      ca: tls.ca,
    }
  }
}
