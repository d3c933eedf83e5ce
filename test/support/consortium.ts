import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KnownHospital } from '@hygeia/dapp/hospital/known'
import { freePort } from '@hygeia/runtime/test/free-port'
import { type HospitalOptions, HospitalProcess } from './hospital.ts'
import type { OwnNetworks } from './own-networks.ts'
import { visitAll } from './people.ts'
import { steadyPorts } from './ports.ts'
import { until } from './until.ts'

export interface ConsortiumOptions {
  /** Of its own; takes the hospitals' folders. */
  readonly dir: string
  readonly count: number
  readonly periodSec: number
  readonly logLevel?: HospitalOptions['logLevel']
  readonly consortium?: HospitalOptions['consortium']
  /** Requests a minute; so many that nobody runs into them unless told. */
  readonly apiLimits?: HospitalOptions['apiLimits']
  /** Each hospital in a network of its own; all on loopback unless told. */
  readonly network?: OwnNetworks
  /** Told as each hospital is part of it. */
  readonly onJoined?: (joined: number) => void
}

/** A block may be sealed by another signer a while after its turn. */
const VOTED_LIMIT_MS = 120_000
const NO_LIMITS = { perAddress: 1_000_000, chain: 1_000_000, nonces: 1_000_000, consortium: 1_000_000 }

/**
 * Hospitals in processes of their own, each with a geth that seals and a Kubo, on loopback: the first founded the
 * consortium; the others joined by invitation, card and votes, as people do it.
 */
export class Consortium implements AsyncDisposable {
  readonly hospitals: HospitalProcess[] = []
  readonly #options: ConsortiumOptions

  private constructor(options: ConsortiumOptions) {
    this.#options = options
  }

  /** Those that run are killed when it is disposed of. */
  static async start(options: ConsortiumOptions): Promise<Consortium> {
    const consortium = new Consortium(options)
    try {
      while (consortium.hospitals.length < options.count) {
        await consortium.#join()
        options.onJoined?.(consortium.hospitals.length)
      }
      return consortium
    } catch (cause) {
      await consortium[Symbol.asyncDispose]()
      throw cause
    }
  }

  /** As a dapp knows them, the first one's and the others. */
  async known(): Promise<readonly [home: KnownHospital, ...others: KnownHospital[]]> {
    const [home, ...others] = await visitAll(this.hospitals)
    if (home === undefined) throw new Error('a consortium of nobody')
    return [home, ...others]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.hospitals.map((hospital) => hospital.kill().catch(() => {})))
  }

  async #join(): Promise<void> {
    const [founder] = this.hospitals
    const {
      dir,
      periodSec,
      logLevel = 'info',
      consortium = {},
      apiLimits = NO_LIMITS,
      network,
    } = this.#options
    const place = network?.places[this.hospitals.length]
    const name = join(dir, String(this.hospitals.length + 1))
    await mkdir(name, { recursive: true })
    const invitation = founder && JSON.parse(await founder.command('hospitals', 'invite'))
    const hospital = await HospitalProcess.init({
      dir: name,
      ...(place === undefined ? {} : { host: place.address, inside: place.inside }),
      periodSec,
      logLevel,
      ports: await steadyPorts(),
      apiLimits,
      relayPerSigner: 1_000,
      isInSwarm: true,
      engines: { geth: await freePort(), kubo: await freePort() },
      consortium,
      ...(invitation === undefined ? {} : { invitation }),
    })
    const members = [...this.hospitals]
    this.hospitals.push(hospital)
    await hospital.start()
    if (members.length === 0) return
    const card = await hospital.command('hospitals', 'card')
    const file = join(name, 'card.json')
    await writeFile(file, card)
    const { validator } = JSON.parse(card) as { validator: string }
    for (const member of members) {
      await member.command('hospitals', 'admit', file)
      await member.command('validators', 'propose', validator)
    }
    const seals = async () => (await hospital.command('validators', 'list')).toLowerCase().includes(validator)
    await until('the new hospital is a validator', seals, VOTED_LIMIT_MS)
    for (const member of members) await member.command('validators', 'discard', validator)
  }
}
