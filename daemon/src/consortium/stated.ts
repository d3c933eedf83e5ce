import type { SignedHospitalAddress } from '@hygeia/protocol/hospital/address'
import { type Address, fromHex, type Hex, type Hex32 } from '@hygeia/protocol/ids'
import { MINUTE_MS, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { z } from 'zod'
import type { Members } from './members.ts'
import type { PeerCalls } from './peer-call.ts'
import { PeerVisits } from './peer-visits.ts'

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

/** Who did not answer is asked again after this. */
const RETRY_MS = 3 * SECOND_MS
const LOOK_MS = 5 * MINUTE_MS

/**
 * Learns from the other hospitals where each says that it is reached, so that patients' browsers find all of them
 * through any one.
 */
export class StatedAddresses implements Service {
  readonly #deps: StatedDeps
  readonly #heard = new Set<Address>()
  readonly #visits: PeerVisits

  /** @param hospital - operator account of this hospital */
  constructor(hospital: Address, deps: StatedDeps) {
    this.#deps = deps
    const isHeard = (operator: Address) => this.#heard.has(operator)
    this.#visits = new PeerVisits(
      {
        hospital,
        visit: (operator, signal) => this.#ask(operator, signal),
        restMs: (others) => (others.every(isHeard) ? LOOK_MS : RETRY_MS),
      },
      deps,
    )
  }

  start(): Promise<void> {
    return this.#visits.start()
  }

  stop(): Promise<void> {
    return this.#visits.stop()
  }

  async #ask(operator: Address, signal: AbortSignal): Promise<void> {
    const { calls, put, log } = this.#deps
    try {
      const answer = await calls.call(operator, '/v1/hospitals', undefined, signal)
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
      if (signal.aborted) return
      this.#heard.delete(operator)
      log.debug({ err, hospital: operator }, 'a hospital does not say where others are reached')
    }
  }
}
