import { setTimeout as delay } from 'node:timers/promises'
import { abi as anchorAbi } from '@hygeia/contracts/anchor'
import { abi as consentAbi } from '@hygeia/contracts/consent'
import { deployPlan } from '@hygeia/contracts/deploy/plan'
import { abi as directoryAbi } from '@hygeia/contracts/directory'
import { keyDigest } from '@hygeia/protocol/grant/physician-key'
import { type Address, addressOf, fromHex, type Hex, type Hex32, parseHex32 } from '@hygeia/protocol/ids'
import { keySigner, type Signer, toContractSignature } from '@hygeia/protocol/signature'
import type { RelayRequest } from '@hygeia/protocol/typed-data/chain'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { publicKey, randomSecretKey } from '@hygeia/protocol/umbral/keys'
import { Interface } from 'ethers'
import { z } from 'zod'
import { randomBytes } from '../../src/random.ts'
import { type Anvil, startAnvil } from './anvil.ts'

const Mined = z.looseObject({
  status: z.string(),
  transactionHash: z.string(),
  blockNumber: z.string(),
  blockHash: z.string(),
})
export const directoryFace = new Interface(directoryAbi)
export const consentFace = new Interface(consentAbi)
export const anchorFace = new Interface(anchorAbi)

/** Keys of one hospital of the consortium. */
export interface HospitalKeys {
  readonly operator: Address
  readonly anchor: Address
  readonly relay: Address
  readonly receipt: Signer
  readonly proxySecret: Uint8Array
  readonly proxyKey: Uint8Array
}

export interface ChainOptions {
  /** That the contracts are made for; the node's own by default. */
  readonly genesis?: Hex32
  /** Another node than an anvil of its own, with accounts that it signs for. */
  readonly node?: Anvil & { readonly chainId: number }
}

/** The three contracts on a chain of their own, with as many hospitals as wanted. */
export class Consortium {
  readonly anvil: Anvil
  readonly realm: Realm
  readonly consent: Address
  readonly anchor: Address
  readonly hospitals: readonly HospitalKeys[]

  private constructor(
    anvil: Anvil,
    realm: Realm,
    contracts: { consent: Address; anchor: Address },
    hospitals: readonly HospitalKeys[],
  ) {
    this.anvil = anvil
    this.realm = realm
    this.consent = contracts.consent
    this.anchor = contracts.anchor
    this.hospitals = hospitals
  }

  static async start(count = 1, { genesis: other, node }: ChainOptions = {}): Promise<Consortium> {
    const chainId = node?.chainId ?? 7_000_000 + Math.floor(Math.random() * 1_000_000)
    const anvil = node ?? (await startAnvil(chainId))
    const accounts = z
      .array(z.string())
      .parse(await anvil.ask('eth_accounts'))
      .map(addressOf)
    const genesis = other ?? (await genesisOf(anvil))
    const hospitals = Array.from({ length: count }, (_, index) => hospitalKeys(accounts.slice(index * 3)))
    const [deployer = ''] = accounts.slice(-1)
    const plan = deployPlan({
      deployer,
      nonce: 0,
      genesisHash: genesis,
      founding: hospitals.map(({ operator, anchor, relay, receipt, proxyKey }) => ({
        operator,
        anchor,
        relay,
        receipt: receipt.address,
        proxyKeyDigest: keyDigest(proxyKey),
      })),
    })
    for (const { data } of [plan.directory, plan.consent, plan.anchor])
      await send(anvil, deployer, undefined, data)
    for (const { operator } of hospitals.slice(0, Math.floor(count / 2) + 1)) {
      await send(anvil, operator, plan.setContracts.to, plan.setContracts.data)
    }
    const realm = { chainId, directory: addressOf(plan.directory.address), genesis }
    const contracts = { consent: addressOf(plan.consent.address), anchor: addressOf(plan.anchor.address) }
    return new Consortium(anvil, realm, contracts, hospitals)
  }

  stop(): Promise<void> {
    return this.anvil.stop()
  }

  /** Carry a signed statement to its contract. @throws {Error} when the contract refuses it */
  relay({ relay }: HospitalKeys, request: RelayRequest) {
    const { to, data } = this.#callOf(request)
    return send(this.anvil, relay, to, data)
  }

  /** Admission by as many hospitals as are needed. */
  async admit(physician: Address): Promise<void> {
    const data = directoryFace.encodeFunctionData('admitPhysician', [physician])
    for (const { operator } of this.hospitals.slice(0, Math.floor(this.hospitals.length / 2) + 1)) {
      await send(this.anvil, operator, this.realm.directory, data)
    }
  }

  anchorRoot({ anchor }: HospitalKeys, kind: 0 | 1, root: Uint8Array, count: number, manifest: Uint8Array) {
    const data = anchorFace.encodeFunctionData('anchor', [kind, root, count, manifest])
    return send(this.anvil, anchor, this.anchor, data)
  }

  #callOf(request: RelayRequest): { to: Address; data: string } {
    const { directory } = this.realm
    switch (request.kind) {
      case 'register-patient': {
        const { patient, nonce, deadline } = request.message
        const values = [patient, nonce, deadline, contractForm(request.signature)]
        return { to: directory, data: directoryFace.encodeFunctionData('registerPatient', values) }
      }
      case 'register-physician': {
        const { physician, keyDigest, nonce, deadline } = request.message
        const values = [physician, keyDigest, nonce, deadline, contractForm(request.signature)]
        return { to: directory, data: directoryFace.encodeFunctionData('registerPhysician', values) }
      }
      case 'bind-device': {
        const { device, patient, nonce, deadline } = request.message
        const signatures = [contractForm(request.deviceSignature), contractForm(request.patientSignature)]
        const values = [device, patient, nonce, deadline, ...signatures]
        return { to: directory, data: directoryFace.encodeFunctionData('bindDevice', values) }
      }
      case 'suspend-device': {
        const { device, patient, incarnation, lastSequence, nonce, deadline } = request.message
        const signature = contractForm(request.signature)
        const values = [device, patient, incarnation, lastSequence, nonce, deadline, signature]
        return { to: directory, data: directoryFace.encodeFunctionData('suspendDevice', values) }
      }
      case 'grant': {
        const { patient, grant, accessEnd, nonce, deadline } = request.message
        const values = [patient, grant, accessEnd, nonce, deadline, contractForm(request.signature)]
        return { to: this.consent, data: consentFace.encodeFunctionData('grant', values) }
      }
      case 'revoke': {
        const { patient, grant } = request.message
        const values = [patient, grant, contractForm(request.signature)]
        return { to: this.consent, data: consentFace.encodeFunctionData('revoke', values) }
      }
      case 'open-emergency': {
        const { patient, grant, reason, nonce, deadline } = request.message
        const signature = contractForm(request.signature)
        const values = [patient, grant, reason, request.witness, nonce, deadline, signature]
        return { to: this.consent, data: consentFace.encodeFunctionData('openEmergency', values) }
      }
    }
  }
}

async function genesisOf(anvil: Anvil): Promise<Hex32> {
  const block = await anvil.ask('eth_getBlockByNumber', '0x0', false)
  return parseHex32(z.looseObject({ hash: z.string() }).parse(block).hash)
}

const contractForm = (signature: Hex) => toContractSignature(fromHex(signature))

function hospitalKeys([operator, anchor, relay]: readonly Address[]): HospitalKeys {
  if (operator === undefined || anchor === undefined || relay === undefined)
    throw new Error('too few accounts')
  const proxySecret = randomSecretKey()
  return {
    operator,
    anchor,
    relay,
    receipt: keySigner(randomBytes(32)),
    proxySecret,
    proxyKey: publicKey(proxySecret),
  }
}

async function send(anvil: Anvil, from: string, to: string | undefined, data: string) {
  const hash = await anvil.ask('eth_sendTransaction', { from, data, ...(to === undefined ? {} : { to }) })
  const mined = await minedOf(anvil, hash)
  if (mined.status !== '0x1') throw new Error('reverted')
  return {
    transaction: parseHex32(mined.transactionHash),
    blockNumber: Number(mined.blockNumber),
    blockHash: parseHex32(mined.blockHash),
  }
}

/** The receipt, which a busy machine shows a moment after the transaction was taken. */
async function minedOf(anvil: Anvil, hash: unknown): Promise<z.infer<typeof Mined>> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; await delay(5)) {
    const { data } = Mined.safeParse(await anvil.ask('eth_getTransactionReceipt', hash))
    if (data !== undefined) return data
  }
  throw new Error('not mined in 10 s')
}
