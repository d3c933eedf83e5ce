import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { GpioChip, GpioOutput } from '../../hal/gpio.ts'
import type { I2cDevice } from '../../hal/i2c.ts'
import { SensorError } from '../errors.ts'
import type { PolledSensor } from '../sensor.ts'
import { both, coefficientBytes, type Spo2Coefficients, toReport, toVitals, type Vitals } from './convert.ts'
import { HubLink } from './hub-link.ts'
import {
  APPLICATION_MODE,
  Commands,
  HubStatus,
  isVariantA,
  MAXIM_FAST_MODE_1,
  MCU_TYPE,
  OUTPUT_ALGORITHM,
  REPORT_BYTES,
  REPORT_PERIOD_MS,
  Reset,
  SPO2_COEFFICIENTS_ID,
} from './registers.ts'

const ENABLE = [0x01] as const

export interface Max32664Options {
  /** BCM number of the line to RSTN. */
  readonly resetLine: number
  /** BCM number of the line to MFIO: its level when reset ends chooses application or bootloader. */
  readonly mfioLine: number
  /** Below this confidence, in %, a report counts as ambiguous. */
  readonly minConfidence: number
  readonly spo2Coefficients?: Spo2Coefficients | undefined
}

export interface Max32664Deps {
  readonly device: I2cDevice
  readonly gpio: GpioChip
  readonly clock: Clock
}

/**
 * MAX32664 biometric sensor hub, variant A: heart rate and SpO2 at a finger. Owns no timer: the sampler
 * decides when to read, and what piled up in the hub since is thrown away.
 */
export class Max32664 implements PolledSensor {
  readonly #options: Max32664Options
  readonly #gpio: GpioChip
  readonly #clock: Clock
  readonly #hub: HubLink
  #reset: GpioOutput | undefined

  constructor(options: Max32664Options, { device, gpio, clock }: Max32664Deps) {
    this.#options = options
    this.#gpio = gpio
    this.#clock = clock
    this.#hub = new HubLink({ device, clock })
  }

  /**
   * Reset the hub into its application, identify it and start the algorithm; takes a little over a second.
   *
   * @throws {SensorError} `WRONG_MODE`, `WRONG_PART`, `WRONG_FIRMWARE` or `COMMAND_REFUSED`
   */
  async open(signal: AbortSignal): Promise<void> {
    await this.#resetIntoApplication(signal)
    await this.#identify(signal)
    await this.#hub.ask(Commands.setOutputMode, { data: [OUTPUT_ALGORITHM] }, signal)
    await this.#hub.ask(Commands.setFifoThreshold, { data: [1] }, signal)
    const { spo2Coefficients } = this.#options
    if (spo2Coefficients !== undefined) {
      const data = [SPO2_COEFFICIENTS_ID, ...coefficientBytes(spo2Coefficients)]
      await this.#hub.ask(Commands.setSpo2Coefficients, { data }, signal)
    }
    await this.#hub.ask(Commands.enableAgc, { data: ENABLE }, signal)
    await this.#hub.ask(Commands.enableMax30101, { data: ENABLE }, signal)
    await this.#hub.ask(Commands.enableMaximFast, { data: [MAXIM_FAST_MODE_1] }, signal)
  }

  /** `heart-rate` and `spo2` of the newest report. */
  async read(signal: AbortSignal): Promise<Vitals> {
    const status = await this.#hub.askByte(Commands.readHubStatus, signal)
    if ((status & HubStatus.frontEndLost) !== 0) {
      throw new SensorError('the hub lost its optical sensor', { code: 'FRONT_END_LOST' })
    }
    // The guide leaves open whether an overflowing FIFO keeps its oldest or its newest reports.
    if ((status & HubStatus.fifoOverflowed) !== 0) await this.#newestReport(signal)
    const bytes = (await this.#newestReport(signal)) ?? (await this.#nextReport(signal))
    if (bytes !== undefined) return toVitals(toReport(bytes), this.#options.minConfidence)

    const mode = await this.#hub.askByte(Commands.readOutputMode, signal)
    if (mode !== OUTPUT_ALGORITHM) throw new SensorError('the hub was restarted', { code: 'RESTARTED' })
    return both({ missing: 'not-yet' })
  }

  async close(): Promise<void> {
    await this.#reset?.close()
    this.#reset = undefined
  }

  async #resetIntoApplication(signal: AbortSignal): Promise<void> {
    const mfio = await this.#gpio.output(this.#options.mfioLine, 1)
    try {
      if (this.#reset === undefined) this.#reset = await this.#gpio.output(this.#options.resetLine, 0)
      else await this.#reset.write(0)
      await sleep(this.#clock, Reset.lowMs, signal)
      await this.#reset.write(1)
      await sleep(this.#clock, Reset.startMs, signal)
    } finally {
      // From here on the hub drives this line, to say that the FIFO has reports.
      await mfio.close()
    }
  }

  async #identify(signal: AbortSignal): Promise<void> {
    const mode = await this.#hub.askByte(Commands.readMode, signal)
    if (mode !== APPLICATION_MODE) {
      throw new SensorError('the hub does not run its application', { code: 'WRONG_MODE', mode })
    }
    const got = await this.#hub.askByte(Commands.readMcuType, signal)
    if (got !== MCU_TYPE) {
      throw new SensorError('no MAX32664 here', { code: 'WRONG_PART', want: MCU_TYPE, got })
    }
    const version = await this.#hub.ask(Commands.readHubVersion, { answerBytes: 3 }, signal)
    if (!isVariantA(version[0] ?? 0)) {
      const fault = { code: 'WRONG_FIRMWARE', version: version.join('.') } as const
      throw new SensorError('not the firmware of a MAX32664A', fault)
    }
  }

  /** Empty the FIFO; its last report, or nothing when it was empty. */
  async #newestReport(signal: AbortSignal): Promise<Uint8Array | undefined> {
    const count = await this.#hub.askByte(Commands.countSamples, signal)
    if (count === 0) return undefined
    const answerBytes = count * REPORT_BYTES
    const reports = await this.#hub.ask(Commands.readSamples, { answerBytes }, signal)
    return reports.subarray(-REPORT_BYTES)
  }

  async #nextReport(signal: AbortSignal): Promise<Uint8Array | undefined> {
    await sleep(this.#clock, REPORT_PERIOD_MS, signal)
    return this.#newestReport(signal)
  }
}
