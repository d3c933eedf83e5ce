import { rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KnownHospital } from '@hygeia/dapp/hospital/known'
import { Consortium } from '@hygeia/test/consortium'
import type { HospitalProcess } from '@hygeia/test/hospital'
import { visit } from '@hygeia/test/people'
import type { LoadTarget } from '../../load/plan.ts'
import { PERIOD_SEC } from '../../report/published.ts'
import type { Tell } from '../../report/step.ts'
import { Enrolment } from '../../ward/enrolment.ts'
import type { WardDevice } from '../../ward/ward.ts'

/** On the disk of the repository, because a tmpfs syncs nothing. */
const FOLDER = fileURLToPath(new URL('../../../.build/bench/', import.meta.url))
export const HOSPITALS = 3

/** One hospital of the consortium, and the devices that send to it. */
export class Member {
  readonly hospital: HospitalProcess
  readonly known: KnownHospital
  readonly ca: string
  readonly #enrolment: Enrolment

  constructor(hospital: HospitalProcess, known: KnownHospital, ca: string) {
    this.hospital = hospital
    this.known = known
    this.ca = ca
    this.#enrolment = new Enrolment(this)
  }

  get pid(): number {
    return this.hospital.process.pid
  }

  /** Bound devices, as many as asked for. */
  async enrolled(count: number, tell: Tell): Promise<readonly WardDevice[]> {
    return await this.#enrolment.devices(count, tell)
  }

  get target(): LoadTarget {
    const { realm, hospital, receiptKey } = this.known
    const { api, mqtt, coap } = this.hospital.endpoints
    const { ca } = this
    // A name would be looked up again and again; the certificate names the address too.
    const local = (url: string) => url.replace('//localhost', '//127.0.0.1')
    const doors = { api, mqtt: local(mqtt), coap: local(coap) }
    return { ...doors, ca, realm, hospital, receiptKey, periodSec: PERIOD_SEC }
  }
}

/** Three hospitals with geth and Kubo, each in processes of its own on this machine. */
export class Trio implements AsyncDisposable {
  readonly members: readonly Member[]
  readonly #consortium: Consortium

  private constructor(consortium: Consortium, members: readonly Member[]) {
    this.#consortium = consortium
    this.members = members
  }

  static async open(tell: Tell): Promise<Trio> {
    const dir = join(FOLDER, `trio-${process.pid}`)
    await mkdir(dir, { recursive: true })
    process.once('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }))
    const consortium = await Consortium.start({
      dir,
      count: HOSPITALS,
      periodSec: PERIOD_SEC,
      logLevel: 'warn',
      onJoined: (joined) => tell(`${joined} of ${HOSPITALS} are part of it`),
    })
    const members = await Promise.all(
      consortium.hospitals.map(async (hospital) => {
        return new Member(hospital, await visit(hospital), await hospital.ca())
      }),
    )
    return new Trio(consortium, members)
  }

  /** The first one, and the others. */
  get known(): readonly [home: KnownHospital, ...others: KnownHospital[]] {
    const [home, ...others] = this.members.map(({ known }) => known)
    if (home === undefined) throw new Error('a consortium of nobody')
    return [home, ...others]
  }

  /** So many devices of each hospital, by hospital: one hospital after the other, since they share a block's gas. */
  async enrolled(each: number, tell: Tell): Promise<readonly (readonly WardDevice[])[]> {
    const devices: (readonly WardDevice[])[] = []
    for (const member of this.members) devices.push(await member.enrolled(each, tell))
    return devices
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consortium[Symbol.asyncDispose]()
  }
}
