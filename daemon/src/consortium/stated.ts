import type { SignedHospitalAddress } from '@hygeia/protocol/hospital/address'
import { type Address, fromHex, type Hex, type Hex32 } from '@hygeia/protocol/ids'
import { MINUTE_MS, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import { isAbort } from '@hygeia/runtime/abort'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { z } from 'zod'
import type { Members } from './members.ts'
import type { PeerCalls } from './peer-call.ts'

export interface StatedDeps {
  readonly members: Pick<Members, 'active' | 'onChange'>
  readonly calls: Pick<PeerCalls, 'call'>
  /** Takes what an active hospital signed, and nothing else. */
  readonly put: (address: SignedHospitalAddress) => Promise<void>
  readonly clock: Clock
  readonly log: Logger
}

const hexOf = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-f]{${bytes * 2}}$`))
/** What `GET /v1/hospitals` of another hospital answers. */
const Stated = z
  .array(
    z.object({
      hospital: hexOf(20),
      api: z.url({ protocol: /^https$/ }).max(256),
      caHash: hexOf(32),
      issued: z.int().min(0),
      signature: hexOf(64),
    }),
  )
  .max(64)

/** Hospitals that were met just now answer within that. */
const FIRST_MS = 3 * SECOND_MS
const LOOK_MS = 5 * MINUTE_MS

/**
 * Learns from the other hospitals where each says that it is reached, so that patients' browsers find all of them
 * through any one.
 */
export class StatedAddresses implements Service {
  readonly #hospital: Address
  readonly #deps: StatedDeps
  readonly #abort = new AbortController()
  readonly #heard = new Set<Address>()
  #loop: Promise<void> | undefined

  /** @param hospital - operator account of this hospital */
  constructor(hospital: Address, deps: StatedDeps) {
    this.#hospital = hospital
    this.#deps = deps
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { members, clock } = this.#deps
    const { signal } = this.#abort
    while (!signal.aborted) {
      const others = members.active.filter(({ operator }) => operator !== this.#hospital)
      await Promise.all(others.map(({ operator }) => this.#ask(operator)))
      const isAllHeard = others.every(({ operator }) => this.#heard.has(operator))
      // Who comes later is asked soon after: there are none while there is one hospital.
      await sleep(clock, isAllHeard && others.length > 0 ? LOOK_MS : FIRST_MS, signal).catch((cause) => {
        if (!isAbort(cause)) throw cause
      })
    }
  }

  async #ask(operator: Address): Promise<void> {
    const { calls, put, log } = this.#deps
    try {
      const answer = await calls.call(operator, '/v1/hospitals', undefined, this.#abort.signal)
      for (const { signature, ...rest } of Stated.parse(answer)) {
        await put({
          api: rest.api,
          issued: rest.issued as UnixMs,
          caHash: rest.caHash as Hex32,
          hospital: rest.hospital as Address,
          signature: fromHex(signature as Hex),
        })
      }
      this.#heard.add(operator)
    } catch (err) {
      if (this.#abort.signal.aborted) return
      this.#heard.delete(operator)
      log.debug({ err, hospital: operator }, 'a hospital does not say where others are reached')
    }
  }
}
