import type { Address } from '@hygeia/protocol/ids'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import type { Registry } from 'prom-client'
import { Gauge } from 'prom-client'
import type { ChainEngine } from '../chain/engine.ts'
import { Disk, put } from '../store/disk.ts'
import { readNumber, writeNumber } from '../store/keys.ts'
import { changeOf, type DirectoryLog } from './events.ts'
import {
  type DeviceEntry,
  decodeEntry,
  type Entry,
  encodeEntry,
  type PatientEntry,
  People,
  type PhysicianEntry,
} from './people.ts'

export interface DirectoryViewOptions {
  /** Folder of the view; what is in it can be read anew from the chain. */
  readonly path: string
  /** The Directory contract. */
  readonly directory: Address
  readonly reserveBytes: number
}

export interface DirectoryViewDeps {
  readonly engine: Pick<ChainEngine, 'head' | 'onHead' | 'onReorganised' | 'request'>
  readonly log: Logger
  readonly metrics: Registry
}

/** Blocks whose events are asked for at once. */
const STEP_BLOCKS = 5_000
const CURSOR = Buffer.from('z')
const FIRST = Buffer.from('e')
const END = Buffer.from('f')
const SMALL_BUFFER_BYTES = 512 * 1024

/** Who is who on the chain, as of its last final block; kept by the Directory's events and on the disk. */
export class DirectoryView implements Service {
  readonly #options: DirectoryViewOptions
  readonly #deps: DirectoryViewDeps
  readonly #disk: Disk
  readonly #people = new People()
  readonly #listeners = new Set<(changes: readonly Entry[]) => void>()
  #through = -1
  #reading: Promise<void> | undefined
  #unwatch = () => {}

  constructor(options: DirectoryViewOptions, deps: DirectoryViewDeps) {
    this.#options = options
    this.#deps = deps
    const { path, reserveBytes } = options
    this.#disk = new Disk({ path, reserveBytes, bufferBytes: SMALL_BUFFER_BYTES }, { log: deps.log })
    const view = this
    new Gauge({
      name: 'hygeia_directory_entries',
      help: 'Patients, physicians and devices that the Directory names',
      registers: [deps.metrics],
      collect() {
        this.set(view.#people.size)
      },
    })
  }

  async start(): Promise<void> {
    await this.#disk.open()
    const cursor = await this.#disk.level.get(CURSOR)
    if (cursor !== undefined) this.#through = readNumber(cursor, 0)
    for await (const value of this.#disk.level.values({ gte: FIRST, lt: END })) {
      this.#people.apply(decodeEntry(value))
    }
    await this.refresh()
    const { engine, log } = this.#deps
    const ends = [
      // What the other branch says of those blocks is read anew; what only the left one said stands until it is said otherwise.
      engine.onReorganised(({ from }) => {
        this.#through = Math.min(this.#through, from - 1)
      }),
      engine.onHead(() => {
        this.refresh().catch((err: unknown) => log.warn({ err }, 'directory not read'))
      }),
    ]
    this.#unwatch = () => {
      for (const end of ends) end()
    }
  }

  async stop(): Promise<void> {
    this.#unwatch()
    await this.#reading?.catch(() => {})
    await this.#disk.close()
  }

  device(address: Address): DeviceEntry | undefined {
    return this.#people.device(address)
  }

  patient(address: Address): PatientEntry | undefined {
    return this.#people.patient(address)
  }

  physician(address: Address): PhysicianEntry | undefined {
    return this.#people.physician(address)
  }

  devicesOf(patient: Address): readonly Address[] {
    return this.#people.devicesOf(patient)
  }

  physicians(): ReadonlyMap<Address, PhysicianEntry> {
    return this.#people.physicians()
  }

  /** Call `listener` with what changed, in order, once it is on the disk. @returns ends it */
  onChange(listener: (changes: readonly Entry[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Last block whose events are in the view. */
  get through(): number {
    return this.#through
  }

  /**
   * Read what the chain has and the view has not. Costs nothing when there is nothing.
   *
   * @throws {ChainError | RpcError | StoreError} when it cannot be read: then what is unknown may still exist
   */
  async refresh(): Promise<void> {
    while (this.#through < this.#deps.engine.head.finalNumber) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined
      })
      await this.#reading
    }
  }

  async #read(): Promise<void> {
    const { engine } = this.#deps
    const first = this.#through + 1
    const last = Math.min(engine.head.finalNumber, this.#through + STEP_BLOCKS)
    const hex = (number: number) => `0x${number.toString(16)}`
    const filter = { address: this.#options.directory, fromBlock: hex(first), toBlock: hex(last) }
    const logs = (await engine.request({ method: 'eth_getLogs', params: [filter] })) as DirectoryLog[]
    // Blocks were replaced meanwhile: these may be of either branch.
    if (this.#through !== first - 1) return
    const changes: Entry[] = []
    for (const log of logs) {
      const change = changeOf(log, this.#people)
      if (change === undefined) continue
      this.#people.apply(change)
      changes.push(change)
    }
    const cursor = Buffer.allocUnsafe(8)
    writeNumber(cursor, last, 0)
    const entries = changes.map((change) =>
      put(Buffer.from(`e${change.kind}${change.address}`), encodeEntry(change)),
    )
    // Without changes the cursor may lag: those blocks are then read again after a restart.
    if (changes.length > 0 || last % 100 === 0)
      await this.#disk.write([...entries, put(CURSOR, cursor)], false)
    this.#through = last
    if (changes.length > 0) for (const listener of this.#listeners) listener(changes)
  }
}
