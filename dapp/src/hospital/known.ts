import { keyDigest } from '@hygeia/protocol/grant/physician-key'
import { type Address, fromHex, type Hex32 } from '@hygeia/protocol/ids'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { JsonRpcApiProvider } from 'ethers'
import { z } from 'zod'
import { Consent } from '../chain/consent.ts'
import { Directory } from '../chain/directory.ts'
import { hospitalChain } from '../chain/provider.ts'
import { address, hex32 } from '../schema.ts'
import type { HospitalClient } from './client.ts'
import { HospitalError } from './errors.ts'

/** What is remembered of a hospital from the first visit on, and must never change. */
export const Pinned = z.strictObject({
  chainId: z.int().min(1),
  directory: address,
  genesis: hex32,
  hospital: address,
})
export type Pinned = z.infer<typeof Pinned>

/** A hospital that was asked who it is, and whose keys agree with the chain. */
export interface KnownHospital {
  readonly client: HospitalClient
  readonly realm: Realm
  /** Operator account. */
  readonly hospital: Address
  readonly receiptKey: Address
  /** 33 bytes. */
  readonly proxyKey: Uint8Array
  readonly caHash: Hex32
  readonly pinned: Pinned
  /** Blocks from one list of signers to the next, where the chain has epochs. */
  readonly epoch: number | undefined
  readonly provider: JsonRpcApiProvider
  readonly directory: Directory
  readonly consent: Consent
}

export interface KnowOptions {
  /** From an earlier visit. */
  readonly pinned?: Pinned | undefined
  /** Where to see the chain, if not through the hospital itself. */
  readonly provider?: ((realm: Realm) => JsonRpcApiProvider) | undefined
}

/**
 * Ask a hospital who it is, and compare with what was known of it and what its chain says.
 *
 * @throws {HospitalError} `REALM_CHANGED` when it is another than before, `KEY_SUBSTITUTED` when its keys are not
 *   those that the chain holds of it
 */
export async function know(client: HospitalClient, options: KnowOptions = {}): Promise<KnownHospital> {
  const { answer, pinned } = await meet(client, options.pinned)
  const { hospital: _, ...realm } = pinned
  const provider = options.provider?.(realm) ?? hospitalChain([client.transport], realm.chainId)
  const { receiptKey, caHash } = answer
  const { epoch } = answer
  const proxyKey = fromHex(answer.proxyKey)
  return checked(client, provider, { pinned, receiptKey, caHash, proxyKey, epoch })
}

/**
 * Ask a hospital who it is, and believe it about its keys: for who has to see how it is while its chain stands still.
 *
 * @param known - from an earlier visit
 * @throws {HospitalError} `REALM_CHANGED`
 */
export async function meet(client: HospitalClient, known: Pinned | undefined) {
  const answer = await client.realm()
  const { chainId, directory, genesis, hospital } = answer
  const pinned: Pinned = { chainId, directory, genesis, hospital }
  if (known !== undefined) comparePinned(known, pinned)
  return { answer, pinned }
}

/** Enough to know a hospital again while it is away. */
export type Remembered = Pick<KnownHospital, 'receiptKey' | 'proxyKey' | 'caHash' | 'pinned'> &
  Partial<Pick<KnownHospital, 'epoch'>>

/**
 * A hospital as it was at an earlier visit, without asking it; its keys must still be those that the chain holds.
 *
 * @param provider - of the chain as others show it
 * @throws {HospitalError} `KEY_SUBSTITUTED`
 */
export function recall(
  client: HospitalClient,
  remembered: Remembered,
  provider: JsonRpcApiProvider,
): Promise<KnownHospital> {
  client.wasAway = true
  return checked(client, provider, remembered)
}

async function checked(
  client: HospitalClient,
  provider: JsonRpcApiProvider,
  { pinned, receiptKey, proxyKey, caHash, epoch }: Remembered,
): Promise<KnownHospital> {
  const { hospital, ...realm } = pinned
  const directory = new Directory(provider, realm.directory)
  const [record, consent] = await Promise.all([directory.hospital(hospital), directory.consent()])
  if (record.receipt !== receiptKey) throw substituted('receipt key')
  if (record.proxyKeyDigest !== keyDigest(proxyKey)) throw substituted('proxy key')
  return {
    client,
    realm,
    hospital,
    receiptKey,
    proxyKey,
    caHash,
    pinned,
    epoch,
    provider,
    directory,
    consent: new Consent(provider, consent),
  }
}

function comparePinned(known: Pinned, now: Pinned): void {
  for (const field of ['chainId', 'directory', 'genesis', 'hospital'] as const) {
    if (known[field] === now[field]) continue
    throw new HospitalError(
      `this hospital's ${field} is not what it was: do not go on before you have asked the hospital why`,
      { code: 'REALM_CHANGED', field },
    )
  }
}

function substituted(what: string): HospitalError {
  return new HospitalError(
    `the hospital's ${what} is not the one on its chain: do not go on, ask the hospital`,
    {
      code: 'KEY_SUBSTITUTED',
      what,
    },
  )
}
