import { bootIdOf } from '@hygeia/agent/sampling/boot-id'
import type { Granted } from '@hygeia/dapp/patient/grant'
import type { OpenedBatch } from '@hygeia/dapp/physician/opening'
import type { Physician } from '@hygeia/dapp/physician/physician'
import type { BootId } from '@hygeia/protocol/ids'
import { DAY_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import type { Test } from 'tap'
import { arrivedUntil } from '../../support/arrivals.ts'
import { openBatches, readingsIn } from '../../support/opened.ts'
import type { Reading } from '../../support/readings.ts'
import { grantSpan, openScene, type Scene } from '../../support/scene.ts'
import { BedsidePi, type PiConfig } from './bedside-pi.ts'
import { CountedChips, countReadings, type HandedOut, MFIO_LINE, RESET_LINE } from './counted-chips.ts'
import { NtpServer, timesyncdOf } from './ntp-server.ts'
import { SHELL } from './shell.ts'
import { TapNetwork } from './tap-network.ts'
import { type PowerOn, TestPi } from './test-pi.ts'

/** So much of the thermometer, which is read each second, is there before anything else happens. */
export const ENOUGH_SECONDS = 8
/** How far a clock without a battery is behind: some months, so that it is in another label's month. */
export const BEHIND_MS = 180 * DAY_MS

/**
 * A paired bedside whose clock has no battery, a time server that is there when it is wanted, and a physician who may
 * open everything, at whatever time it is said to be of.
 */
export class TimelessBedside {
  readonly scene: Scene
  readonly chips: CountedChips
  readonly pi: TestPi
  readonly bedside: BedsidePi
  /** When it was made, and what its clock begins with where it knows nothing. */
  readonly begunAt: UnixMs
  readonly longAgo: UnixMs
  readonly #network: TapNetwork
  readonly #grant: Granted
  #server: NtpServer | undefined

  private constructor(
    parts: Pick<TimelessBedside, 'scene' | 'chips' | 'pi' | 'bedside' | 'begunAt'>,
    network: TapNetwork,
    grant: Granted,
  ) {
    this.scene = parts.scene
    this.chips = parts.chips
    this.pi = parts.pi
    this.bedside = parts.bedside
    this.begunAt = parts.begunAt
    this.longAgo = longBefore(parts.begunAt)
    this.#network = network
    this.#grant = grant
  }

  /** It is off; its agent starts with the machine. */
  static async make(t: Test, config: PiConfig): Promise<TimelessBedside> {
    const network = await TapNetwork.make()
    t.teardown(() => network.close())
    const scene = await openScene(t, undefined, network.address)
    const chips = new CountedChips()
    const { bus, gpio } = chips
    const pi = await TestPi.make({ bus, gpio, outputs: [MFIO_LINE, RESET_LINE], program: SHELL, network })
    t.teardown(() => pi.close())
    await pi.powerOn()
    const bedside = await BedsidePi.install(pi, config)
    t.comment(`the agent is that of ${bedside.source}`)
    await bedside.pair(scene.patient)
    await bedside.shell.run('install -d /etc/systemd/timesyncd.conf.d')
    await bedside.shell.write('/etc/systemd/timesyncd.conf.d/test.conf', timesyncdOf(network.address))
    await bedside.shell.run('systemctl enable hygeia-agent systemd-timesyncd && sync')
    await pi.powerCut()
    const begunAt = Date.now() as UnixMs
    const grant = await grantSpan(scene, spanFrom(begunAt))
    const made = new TimelessBedside({ scene, chips, pi, bedside, begunAt }, network, grant)
    t.teardown(() => made.stopTime())
    return made
  }

  /** Switch it on, or off and on again. @returns which boot this is */
  async boot(on: PowerOn = {}): Promise<BootId> {
    await this.pi.powerCut()
    await this.pi.powerOn(on)
    const { shell } = this.bedside
    await shell.ready()
    return bootIdOf(await shell.run('cat /proc/sys/kernel/random/boot_id'))
  }

  async connect(): Promise<void> {
    const { guestAddress } = this.#network
    await this.bedside.shell.run(`ip addr add ${guestAddress} dev vec0 && ip link set vec0 up`)
  }

  async serveTime(): Promise<void> {
    this.#server = await NtpServer.start(this.#network.address)
  }

  async stopTime(): Promise<void> {
    await this.#server?.stop()
    this.#server = undefined
  }

  /** Wait until there is enough of both chips to tell something by. */
  async enough(): Promise<void> {
    await this.bedside.until('both chips are read', ({ sampling }) => {
      const { pulse = 0, 'skin-temperature': skin = 0 } = sampling?.samples ?? {}
      return pulse >= ENOUGH_SECONDS && skin >= ENOUGH_SECONDS
    })
  }

  async synchronised(): Promise<void> {
    await this.bedside.until('the agent knows the time', ({ sampling }) => sampling?.isSynchronised === true)
  }

  /** How far the machine's clock is ahead of the one here. */
  async aheadMs(): Promise<number> {
    return Number(await this.bedside.shell.run('date +%s%3N')) - Date.now()
  }

  /** Wait until what was measured until now has arrived. @returns when that was */
  async arrived(): Promise<number> {
    const from = Date.now() as UnixMs
    await arrivedUntil(this.scene.patient, this.bedside, { from, to: (from + 10 * MINUTE_MS) as UnixMs })
    return from
  }

  /** All batches that arrived. @param physician - another than the scene's */
  async opened(t: Test, physician: Physician = this.scene.physician): Promise<readonly OpenedBatch[]> {
    const { batches, faults } = await openBatches(physician, this.#grant, spanFrom(this.begunAt))
    t.same(faults, [], 'every batch opens')
    return batches
  }

  /** That these are the values that the chips handed out, each once and at its time; all that are due. */
  counted(
    t: Test,
    batches: readonly OpenedBatch[],
    handedOut: readonly HandedOut[],
    isDue: (one: HandedOut) => boolean,
  ): void {
    const entries = batches.flatMap((one) => [...readingsIn(one)])
    const values = new Map<string, Reading>(entries)
    const count = countReadings(handedOut, { values }, this.bedside.address)
    t.equal(entries.length, values.size, 'nothing came twice')
    t.same(count.invented, [], 'nothing came that no chip has said, or at another time')
    const due = handedOut.filter(isDue)
    const lost = count.lost.filter((one) => due.includes(one))
    t.same(lost, [], `all ${due.length} values that the chips handed out came`)
    t.ok(due.length >= 2 * ENOUGH_SECONDS, 'those are enough to tell')
  }
}

export const ofBoot = (boot: BootId, batches: readonly OpenedBatch[]): readonly OpenedBatch[] =>
  batches.filter(({ batch }) => batch.time.boot === boot)

const longBefore = (at: UnixMs) => (at - BEHIND_MS) as UnixMs

const spanFrom = (at: UnixMs) => ({
  from: (longBefore(at) - DAY_MS) as UnixMs,
  to: (at + DAY_MS) as UnixMs,
})
