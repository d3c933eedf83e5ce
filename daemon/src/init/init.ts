import { randomBytes, randomInt } from 'node:crypto'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cliqueGenesis } from '@hygeia/contracts/genesis/clique'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { RuntimeError } from '@hygeia/runtime/errors'
import { z } from 'zod'
import { DaemonConfig, GETH_PEERS_LIMIT } from '../config/config.ts'
import { type Invitation, parseInvitation } from '../consortium/card.ts'
import { introduce } from '../consortium/peers.ts'
import { makeCertificates } from './certificates.ts'
import { addressesOf, type HospitalAddresses, makeKeys, readKeys } from './keys.ts'

type Overrides = Partial<Omit<z.input<typeof DaemonConfig>, 'dataDir' | 'keysDir' | 'publicHost'>>

interface CommonOptions {
  /** New folder for configuration, keys and data. */
  readonly dir: string
  /** Name or address that devices will use; more names for the certificate may follow. */
  readonly hosts: readonly string[]
  /** Multiaddresses for the private swarm of the consortium; with none, blocks stay on this machine. */
  readonly swarm?: readonly string[]
  /** Parts of the configuration that differ from the defaults. */
  readonly overrides?: Overrides
}

export interface InitOptions extends CommonOptions {
  /** Seconds from block to block. */
  readonly periodSec: number
  readonly gasLimit: number
  /** Blocks between two lists of signers. */
  readonly epoch: number
}

export interface JoinOptions extends CommonOptions {
  /** What a hospital of the consortium gave, as JSON. */
  readonly invitation: unknown
}

const SWARM_KEY = 'swarm.key'
/** 10^9 coins: more than an account can spend in gas in a thousand years of full blocks. */
const FUNDS_WEI = 10n ** 27n

/**
 * Make a new hospital, and with it a new consortium of one: keys, certificates, genesis and configuration.
 *
 * @returns path of the configuration
 * @throws {RuntimeError} `FILE_INVALID` when the folder holds a hospital already: its keys are never written over
 */
export async function initHospital(
  options: InitOptions,
): Promise<{ configFile: string; hospital: HospitalAddresses }> {
  const { periodSec, gasLimit, epoch } = options
  const { keysDir, keys, hospital } = await makeHospital(options)
  const genesis = cliqueGenesis({
    // Random for each consortium, within what every wallet takes.
    chainId: randomInt(2 ** 31, 2 ** 47),
    signers: [keys.accounts.validator.signer.address],
    periodSec,
    epoch,
    gasLimit,
    alloc: { [hospital.operator]: FUNDS_WEI, [hospital.anchor]: FUNDS_WEI, [hospital.relay]: FUNDS_WEI },
  })
  await writeGenesis(keysDir, genesis)
  await writeAtomic(join(keysDir, SWARM_KEY), newSwarmKey())
  return { configFile: await writeConfig(options, {}), hospital }
}

/**
 * Make a new hospital that joins a consortium: keys of its own, everything else from the invitation. It takes part
 * once a majority of the others has voted for it.
 *
 * @returns path of the configuration
 * @throws {ConsortiumError} `CARD_INVALID` when it is no invitation
 * @throws {RuntimeError} `FILE_INVALID` when the folder holds a hospital already
 */
export async function joinHospital(
  options: JoinOptions,
): Promise<{ configFile: string; hospital: HospitalAddresses }> {
  const invitation = parseInvitation(options.invitation)
  const { keysDir, hospital } = await makeHospital(options)
  await writeGenesis(keysDir, invitation.genesis)
  await writeAtomic(join(keysDir, SWARM_KEY), invitation.swarmKey)
  const dataDir = dataIn(options)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await introduce(dataDir, invitation.hospitals)
  const chain = chainJoined(invitation, options.overrides?.chain)
  const { directory } = invitation
  return { configFile: await writeConfig(options, { consortium: { directory }, chain }), hospital }
}

const Chosen = z.looseObject({ engine: z.string(), peers: z.array(z.string()).default([]) })

/** A chain with several signers is geth's, or a node's that runs elsewhere: the embedded engine seals alone. */
function chainJoined({ rpc, hospitals }: Invitation, wanted: Overrides['chain']): Overrides['chain'] {
  if (rpc !== undefined) return { engine: 'rpc', url: rpc }
  const chosen = Chosen.safeParse(wanted).data
  if (chosen?.engine === 'rpc') return wanted
  const geth = chosen?.engine === 'geth' ? chosen : { peers: [] }
  const enodes = hospitals.flatMap(({ enode }) => enode ?? [])
  const peers = [...new Set([...geth.peers, ...enodes])].slice(0, GETH_PEERS_LIMIT)
  return { ...geth, engine: 'geth', peers }
}

const configIn = ({ dir }: CommonOptions) => join(dir, 'daemon.json')
const keysIn = ({ dir }: CommonOptions) => join(dir, 'keys')
const dataIn = ({ dir }: CommonOptions) => join(dir, 'data')

/** Keys and certificates in a folder that holds no hospital yet. */
async function makeHospital(options: CommonOptions) {
  const configFile = configIn(options)
  const keysDir = keysIn(options)
  await mkdir(keysDir, { recursive: true, mode: 0o700 })
  if (await exists(configFile)) {
    throw new RuntimeError(
      `${options.dir} holds a hospital already: choose an empty folder, or run it with --config ${configFile}`,
      {
        code: 'FILE_INVALID',
        path: configFile,
        problems: ['exists'],
      },
    )
  }
  await makeKeys(keysDir)
  await makeCertificates(keysDir, options.hosts)
  const keys = await readKeys(keysDir)
  return { keysDir, keys, hospital: addressesOf(keys) }
}

async function writeGenesis(keysDir: string, genesis: object): Promise<void> {
  await writeAtomic(join(keysDir, 'genesis.json'), `${JSON.stringify(genesis, undefined, 2)}\n`, 0o644)
}

/** Last, so that a folder with a configuration is whole. */
async function writeConfig(options: CommonOptions, decided: Overrides): Promise<string> {
  const { swarm = [], hosts, overrides = {} } = options
  const ipfs =
    swarm.length === 0 ? {} : { listen: [...swarm], swarmKeyFile: join(keysIn(options), SWARM_KEY) }
  const config = DaemonConfig.parse({
    ...overrides,
    ...decided,
    consortium: { ...overrides.consortium, ...decided.consortium },
    ipfs: { ...overrides.ipfs, ...ipfs },
    dataDir: dataIn(options),
    keysDir: keysIn(options),
    publicHost: hosts[0],
  })
  const configFile = configIn(options)
  await writeAtomic(configFile, `${JSON.stringify(config, undefined, 2)}\n`, 0o644)
  return configFile
}

/** @see go-ipfs-swarm-key-gen: `/key/swarm/psk/1.0.0/` */
function newSwarmKey(): string {
  return `/key/swarm/psk/1.0.0/\n/base16/\n${randomBytes(32).toString('hex')}\n`
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
