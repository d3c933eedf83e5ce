import { join, resolve } from 'node:path'
import type { Address } from '@hygeia/protocol/ids'
import type { Identity } from '@hygeia/protocol/seed/seed'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { JsonRpcApiProvider, Provider } from 'ethers'
import { chainAt } from '../../src/chain/provider.ts'
import { HospitalClient } from '../../src/hospital/client.ts'
import { type KnownHospital, know } from '../../src/hospital/known.ts'
import type { Fetch } from '../../src/hospital/transport.ts'
import { lock, type Role, type Unlocked, unlock } from '../../src/keys/keystore.ts'
import { type Patient, patientAt } from '../../src/patient/patient.ts'
import { loadState, saveState } from '../../src/patient/state.ts'
import { type Physician, physicianAt } from '../../src/physician/physician.ts'
import { HostError, usage } from './errors.ts'
import { Folder, type Profile } from './folder.ts'
import type { Host } from './host.ts'
import { passphraseFrom } from './passphrase.ts'
import { caDigest, findCa, pinnedFetch } from './pinned-fetch.ts'
import { Terminal } from './terminal.ts'

/** Options that every command takes. */
export interface GlobalOptions {
  readonly dir?: string
  readonly hospital?: string
  readonly ca?: string
  readonly rpc?: string
  readonly passphraseFile?: string
  readonly json?: boolean
}

/** One run of the command: what it was told, and the parts that it needs, made when they are asked for. */
export class CommandSession {
  readonly terminal: Terminal
  readonly folder: Folder
  readonly #options: GlobalOptions
  readonly #host: Host

  constructor(options: GlobalOptions, host: Host) {
    this.#options = options
    this.#host = host
    this.terminal = new Terminal({ isJson: options.json === true }, host)
    this.folder = new Folder(resolve(options.dir ?? join(host.configHome, 'hygeia')))
  }

  passphrase(isNew: boolean): Promise<string> {
    return passphraseFrom(this.#options.passphraseFile, this.terminal, isNew)
  }

  /** Lock entropy into a new keystore. @returns where it lies */
  async store(
    role: Role,
    entropy: Uint8Array,
  ): Promise<{ readonly path: string; readonly address: Address }> {
    const passphrase = await this.passphrase(true)
    const keystore = await this.terminal.during('locking', () =>
      lock(role, entropy, passphrase, this.#host.derivation),
    )
    return { path: await this.folder.putKeystore(role, keystore), address: keystore.address }
  }

  async unlock(role: Role): Promise<Unlocked> {
    const keystore = await this.folder.keystore(role)
    const passphrase = await this.passphrase(false)
    return this.terminal.during('unlocking', () => unlock(keystore, passphrase))
  }

  /**
   * The hospital that was named, or else the remembered one. It is remembered from the first visit on.
   *
   * @throws {HospitalError} `REALM_CHANGED` when it is another than at the first visit
   */
  async hospital(): Promise<KnownHospital> {
    const remembered = await this.folder.profile()
    const base = this.#options.hospital ?? remembered?.hospital
    if (base === undefined) throw usage('name the hospital once: --hospital https://… --ca FILE or SHA-256')
    const isSame = remembered?.hospital === base
    const ca = await this.#ca(base, isSame ? remembered : undefined)
    const known = await know(new HospitalClient({ base, fetch: pinnedFetch(ca) }), {
      pinned: isSame ? remembered.pinned : undefined,
      provider: this.#rpc,
    })
    checkCa(known, ca)
    if (remembered === undefined || !isSame) {
      await this.folder.putProfile({ version: 1, hospital: base, ca, pinned: known.pinned })
    }
    return known
  }

  /**
   * Another hospital of the same consortium.
   *
   * @throws {HospitalError} `REALM_CHANGED` when it is on another chain
   */
  async otherHospital(base: string, ca: string, { pinned, provider }: KnownHospital): Promise<KnownHospital> {
    const pem = await findCa(ca, base)
    const client = new HospitalClient({ base, fetch: pinnedFetch(pem) })
    const { hospital } = await client.realm()
    // Of the chain only what the patient's own hospital shows is believed.
    const known = await know(client, { pinned: { ...pinned, hospital }, provider: () => provider })
    checkCa(known, pem)
    return known
  }

  /** How to see a realm's chain: what `--rpc` names, or the hospital's. */
  async chain(): Promise<(realm: Realm) => Provider> {
    if (this.#rpc !== undefined) return this.#rpc
    const { provider } = await this.hospital()
    return () => provider
  }

  /** A node of the realm's chain to ask for headers and proofs, and how far apart its lists of signers are, if said. */
  async node(
    realm: Realm,
  ): Promise<{ readonly node: JsonRpcApiProvider; readonly epoch: number | undefined }> {
    if (this.#rpc !== undefined) return { node: this.#rpc(realm), epoch: undefined }
    const { provider, epoch } = await this.hospital()
    return { node: provider, epoch }
  }

  /** Run a patient's act, and keep what it taught, also when it fails half-way. */
  async asPatient<T>(act: (patient: Patient) => Promise<T>): Promise<T> {
    const { identity, entropy } = await this.unlock('patient')
    const store = this.folder.stateStore()
    const patient = patientAt(identity, await this.hospital(), await loadState(store, entropy))
    try {
      return await act(patient)
    } finally {
      await saveState(store, entropy, patient.state)
    }
  }

  async asPhysician<T>(act: (physician: Physician) => Promise<T>): Promise<T> {
    const { identity } = await this.unlock('physician')
    return act(physicianAt(identity, await this.hospital()))
  }

  async identity(role: Role): Promise<Identity> {
    return (await this.unlock(role)).identity
  }

  get #rpc(): ((realm: Realm) => JsonRpcApiProvider) | undefined {
    const url = this.#options.rpc
    const plain: Fetch = (target, init) => fetch(target, init)
    return url === undefined ? undefined : ({ chainId }) => chainAt(url, plain, chainId)
  }

  async #ca(base: string, remembered: Profile | undefined): Promise<string> {
    const named = this.#options.ca
    if (named !== undefined) return findCa(named, base)
    if (remembered !== undefined) return remembered.ca
    throw usage(
      `say once whom to believe for ${base}: --ca FILE, or --ca SHA-256 of the hospital's certificate`,
    )
  }
}

function checkCa({ caHash }: KnownHospital, ca: string): void {
  if (caHash === `0x${caDigest(ca)}`) return
  throw new HostError('the hospital names another certificate authority than --ca: ask the hospital', {
    code: 'WRONG_CA',
  })
}
