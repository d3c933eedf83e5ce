import { join, resolve } from 'node:path'
import type { Address } from '@hygeia/protocol/ids'
import type { Identity } from '@hygeia/protocol/seed/seed'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { JsonRpcApiProvider, Provider } from 'ethers'
import { chainAt } from '../../src/chain/provider.ts'
import type { KnownHospital } from '../../src/hospital/known.ts'
import type { Fetch } from '../../src/hospital/transport.ts'
import { lock, type Unlocked, unlock } from '../../src/keys/keystore.ts'
import type { Role } from '../../src/keys/role.ts'
import { type Patient, patientAt } from '../../src/patient/patient.ts'
import { loadState, saveState } from '../../src/patient/state.ts'
import { type Physician, physicianAt } from '../../src/physician/physician.ts'
import { Consortium, type Reached } from './consortium.ts'
import { Folder } from './folder.ts'
import type { Host } from './host.ts'
import { passphraseFrom } from './passphrase.ts'
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
  readonly #consortium: Consortium
  readonly #ended = new AbortController()

  constructor(options: GlobalOptions, host: Host) {
    this.#options = options
    this.#host = host
    this.terminal = new Terminal({ isJson: options.json === true }, host)
    this.folder = new Folder(resolve(options.dir ?? join(host.configHome, 'hygeia')))
    this.#consortium = new Consortium(
      { named: options.hospital, ca: options.ca },
      { folder: this.folder, terminal: this.terminal, provider: this.#rpc, ended: this.#ended.signal },
    )
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

  /** @throws {HospitalError} `REALM_CHANGED` when it is another than at the first visit */
  async hospital(): Promise<KnownHospital> {
    return (await this.hospitals()).home
  }

  /** The hospital that was named, or else the remembered one, and the others of its consortium. */
  hospitals(): Promise<Reached> {
    return this.#consortium.reach()
  }

  addHospital(base: string, ca: string): Promise<KnownHospital> {
    return this.#consortium.add(base, ca)
  }

  /** @returns false when it was not among the others */
  forgetHospital(base: string): Promise<boolean> {
    return this.#consortium.forget(base)
  }

  /** Aborts when a command that would go on for ever is to end. */
  get stopped(): AbortSignal {
    return this.#host.stopped ?? this.#ended.signal
  }

  /** Nothing more is asked: what is still under way ends. */
  end(): void {
    this.#ended.abort()
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
  async asPatient<T>(act: (patient: Patient, entropy: Uint8Array) => Promise<T>): Promise<T> {
    const { identity, entropy } = await this.unlock('patient')
    const store = this.folder.stateStore()
    const { home, others } = await this.hospitals()
    const patient = patientAt(identity, home, await loadState(store, entropy), others)
    try {
      return await act(patient, entropy)
    } finally {
      await saveState(store, entropy, patient.state)
    }
  }

  async asPhysician<T>(act: (physician: Physician) => Promise<T>): Promise<T> {
    const { identity } = await this.unlock('physician')
    const { home, others } = await this.hospitals()
    return act(physicianAt(identity, home, others))
  }

  async identity(role: Role): Promise<Identity> {
    return (await this.unlock(role)).identity
  }

  get #rpc(): ((realm: Realm) => JsonRpcApiProvider) | undefined {
    const url = this.#options.rpc
    const plain: Fetch = (target, init) => fetch(target, init)
    return url === undefined ? undefined : ({ chainId }) => chainAt(url, plain, chainId)
  }
}
