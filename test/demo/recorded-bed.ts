import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ICU_VITALS, readRecording } from '@hygeia/agent/simulation/recording'
import type { Patient } from '@hygeia/dapp/patient/patient'
import { monthOf } from '@hygeia/protocol/label'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { DeviceProcess } from '../support/device.ts'
import { type BedsideOptions, oximeterBedside, thermometerBedside } from './bedside.ts'
import { Expectation, expectRecording, expectTemperatures } from './compare.ts'

/** All of the recording in about forty seconds. */
export const PLAY_MS = 40_000
const WINDOW_MS = 5 * MINUTE_MS
/** When the patient presses the button, in ms of the recording. */
const PRESSES = [3 * HOUR_MS + 7 * MINUTE_MS, 20 * HOUR_MS + 33 * MINUTE_MS]
/** The agent believes a press once the contact has been still for so long. */
const DEBOUNCE_MS = 30

/** Two devices at the bed of the recorded patient. */
export class RecordedBed {
  readonly oximeter: DeviceProcess
  readonly thermometer: DeviceProcess
  /** The six words that the patient and the first device compared. */
  readonly words: readonly string[]
  /** The recording's time: all of it in the past, in whole minutes. */
  readonly span: { readonly from: UnixMs; readonly to: UnixMs }
  readonly #ledgerFile: string

  private constructor(
    parts: Pick<RecordedBed, 'oximeter' | 'thermometer' | 'words' | 'span'>,
    ledgerFile: string,
  ) {
    this.oximeter = parts.oximeter
    this.thermometer = parts.thermometer
    this.words = parts.words
    this.span = parts.span
    this.#ledgerFile = ledgerFile
  }

  /**
   * Make both devices in folders below `root` and pair them with `patient`.
   *
   * @param failOver - when the devices pass over a hospital that is away
   */
  static async pair(
    root: string,
    patient: Patient,
    failOver?: BedsideOptions['failOver'],
  ): Promise<RecordedBed> {
    const recording = await readRecording(ICU_VITALS)
    const start = ((Math.floor(Date.now() / MINUTE_MS) - recording.length - 5) * MINUTE_MS) as UnixMs
    const span = { from: start, to: (start + recording.durationMs) as UnixMs }
    const options = (name: string): BedsideOptions => ({
      played: { start, speed: recording.durationMs / PLAY_MS },
      windowMs: WINDOW_MS,
      ledgerFile: join(root, name, 'ledger.jsonl'),
      failOver,
    })
    const oximeter = await DeviceProcess.init(join(root, 'oximeter'), oximeterBedside(options('oximeter')))
    const ofThermometer = options('thermometer')
    const bedside = thermometerBedside(ofThermometer, PRESSES)
    const thermometer = await DeviceProcess.init(join(root, 'thermometer'), bedside)
    // One after the other: each pairing raises what the patient's own records know.
    const words = await oximeter.pair(patient, monthOf(start))
    await thermometer.pair(patient, monthOf(start))
    return new RecordedBed({ oximeter, thermometer, words, span }, ofThermometer.ledgerFile)
  }

  get devices(): readonly DeviceProcess[] {
    return [this.oximeter, this.thermometer]
  }

  /** What a physician must see of it once it was played: used up by comparing. */
  async expectation(): Promise<Expectation> {
    const { oximeter, thermometer, span } = this
    const expectation = new Expectation()
    const heart = { rateChannel: 'heart-rate', spo2Channel: 'spo2', rateColumn: 'heart_rate_bpm' }
    const pulse = { rateChannel: 'pulse', rateColumn: 'pulse_rate_bpm' }
    await expectRecording(expectation, fileURLToPath(ICU_VITALS), span.from, [
      { device: oximeter.address, ...heart },
      { device: thermometer.address, ...pulse },
    ])
    await expectTemperatures(expectation, this.#ledgerFile, 'thermometer', thermometer.address, span.from)
    for (const press of PRESSES) {
      const at = (span.from + press + DEBOUNCE_MS) as UnixMs
      expectation.add(thermometer.address, 'patient-event', at, 1)
    }
    return expectation
  }
}
