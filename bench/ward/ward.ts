import { rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KnownHospital } from '@hygeia/dapp/hospital/known'
import type { Patient } from '@hygeia/dapp/patient/patient'
import { type HospitalOptions, HospitalProcess } from '@hygeia/test/hospital'
import { visit } from '@hygeia/test/people'
import type { LoadDevice, LoadTarget } from '../load/plan.ts'
import { GAS_LIMIT, PERIOD_SEC } from '../report/published.ts'
import { BlockWatch } from './blocks.ts'
import { Enrolment, type Registrations } from './enrolment.ts'
import { Inspector } from './inspector.ts'

/** Where everything that is measured lies: on the disk of the repository, because a tmpfs syncs nothing. */
const FOLDER = fileURLToPath(new URL('../../.build/bench/', import.meta.url))

/** A device that is bound to a patient. */
export interface WardDevice extends LoadDevice {
  readonly patient: Patient
}

/** One hospital in a process of its own, and who has to do with it: made when first asked for, shared by all figures. */
export class Ward implements AsyncDisposable {
  readonly hospital: HospitalProcess
  #known: KnownHospital | undefined
  #blocks: BlockWatch | undefined
  #enrolment: Enrolment | undefined
  #inspector: Inspector | undefined

  private constructor(hospital: HospitalProcess) {
    this.hospital = hospital
  }

  /**
   * A new hospital with the published period and gas limit; its contracts are on the chain when this resolves.
   *
   * @param besides - what else is to be set
   */
  static async open(besides: Partial<HospitalOptions> = {}): Promise<Ward> {
    const dir = join(FOLDER, `ward-${process.pid}`)
    await mkdir(dir, { recursive: true })
    const hospital = await HospitalProcess.init({
      dir,
      periodSec: PERIOD_SEC,
      gasLimit: GAS_LIMIT,
      logLevel: 'warn',
      // The inspector is opened by a signal, when memory is to be looked at, on a free port.
      env: { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' },
      ...besides,
    })
    const ward = new Ward(hospital)
    process.once('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }))
    await ward.start()
    return ward
  }

  /** Start the hospital, for the first time or again. @returns ms until it said that it is ready */
  async start(): Promise<number> {
    const began = performance.now()
    await this.hospital.start()
    const ms = performance.now() - began
    this.#known = await visit(this.hospital)
    this.#blocks = new BlockWatch(this.hospital.endpoints.rpc)
    return ms
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    this.#leave()
    await this.hospital.kill()
  }

  get known(): KnownHospital {
    if (this.#known === undefined) throw new Error('the hospital was not visited')
    return this.#known
  }

  get pid(): number {
    return this.hospital.process.pid
  }

  get blocks(): BlockWatch {
    if (this.#blocks === undefined) throw new Error('the hospital was not visited')
    return this.#blocks
  }

  /** Bound devices, as many as asked for, and how long every registration so far took. */
  async enrolled(count: number, tell: (how: string) => void): Promise<readonly WardDevice[]> {
    this.#enrolment ??= new Enrolment(this)
    return await this.#enrolment.devices(count, tell)
  }

  get registrations(): Registrations {
    if (this.#enrolment === undefined) throw new Error('nobody was enrolled')
    return this.#enrolment.registrations
  }

  /** Memory of the daemon from within. */
  async inspector(): Promise<Inspector> {
    this.#inspector ??= await Inspector.attach(this.hospital.process)
    return this.#inspector
  }

  async target(): Promise<LoadTarget> {
    const { realm, hospital, receiptKey } = this.known
    const { api, mqtt, coap } = this.hospital.endpoints
    // Its certificate names the address too; a name would be looked up for every datagram.
    const local = (url: string) => url.replace('//localhost', '//127.0.0.1')
    return {
      api,
      mqtt: local(mqtt),
      coap: local(coap),
      ca: await this.hospital.ca(),
      realm,
      hospital,
      receiptKey,
      periodSec: PERIOD_SEC,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave()
    await this.hospital.stop()
  }

  #leave(): void {
    this.#blocks?.stop()
    this.#inspector?.close()
    this.#inspector = undefined
  }
}
