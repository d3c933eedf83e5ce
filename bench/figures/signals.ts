import { ECG, HeartRateMeter, PPG } from '@hygeia/agent/signals/heart-rate'
import {
  markedBeats,
  recordedEcg,
  recordedPpg,
  type Waveform,
} from '@hygeia/agent/simulation/recorded-waveforms'
import heartpy from '../../agent/test/recordings/ppg-heartpy.json' with { type: 'json' }
import { matchBeats } from '../../agent/test/support/beat-match.ts'
import { type Disturbance, disturbed, motion, sine } from '../../agent/test/support/disturbance.ts'
import { cpuMs, encryptionMs } from '../report/encryption.ts'
import type { Figure, Finding } from '../report/figure.ts'
import { quantile } from '../report/spread.ts'

const WITHIN_MS = 75
/** One missed and one false of 367. */
const AIM = { atMost: (2 / 367) * 100 }
const GOOD = 0.95
const HOUR_SEC = 3_600

const none: Disturbance = () => 0
const DISTURBANCES: readonly (readonly [string, Disturbance, typeof AIM | undefined])[] = [
  ['as recorded', none, AIM],
  ['baseline wandering by 2 mV', sine(1_000, 0.3), AIM],
  ['mains of 2 mV at 50 Hz', sine(1_000, 50), AIM],
  ['muscle noise of 0.10 mV', motion(100), AIM],
  ['muscle noise of 0.15 mV', motion(150), undefined],
  ['muscle noise of 0.20 mV', motion(200), undefined],
]

/** What the detectors find in the recordings, against cardiologists and HeartPy, and what finding it costs. */
export async function signals(): Promise<Finding> {
  const ecg = await recordedEcg()
  const marks = await markedBeats()
  const beats = DISTURBANCES.map(([name, disturbance, aim]): Figure => {
    const match = matchBeats(beatsIn(disturbed(ecg, disturbance)), marks, {
      rateHz: ecg.rateHz,
      withinMs: WITHIN_MS,
      from: 2 * ecg.rateHz,
      to: ecg.values.length - ecg.rateHz,
    })
    return {
      name: `ECG beats missed or false, ${name}`,
      measured: ((match.missed + match.false) / match.marked) * 100,
      unit: '%',
      ...(aim === undefined ? {} : { aim }),
      note: `${match.missed} missed, ${match.false} false of ${match.marked}; found ones ${quantile(match.errorsMs, 1).toFixed(1)} ms away at most`,
    }
  })
  return { figures: [...beats, await pulse(), await cost(ecg)] }
}

function beatsIn({ rateHz, values }: Waveform): readonly number[] {
  const meter = new HeartRateMeter(ECG, { rateHz })
  const found: number[] = []
  values.forEach((value, index) => {
    const age = meter.push(value)
    if (age >= 0) found.push(index - age)
  })
  return found
}

/** Share of good stretches in which the pulse is more than 2/min from what HeartPy finds. */
async function pulse(): Promise<Figure> {
  const { rateHz, values } = await recordedPpg()
  const meter = new HeartRateMeter(PPG, { rateHz })
  let good = 0
  let off = 0
  let told = 0
  values.forEach((value, index) => {
    meter.push(value)
    const second = (index + 1) / rateHz
    if (!Number.isInteger(second)) return
    const rate = meter.heartRate()
    // Beats are certain a second late.
    const reference = heartpy[second - 11]
    if ('missing' in rate || reference === undefined) return
    told++
    if (rate.quality < GOOD) return
    good++
    if (Math.abs(rate.perMinute - reference) > 2) off++
  })
  const note = `of ${good} stretches of ten seconds of good quality, of ${told} with a value, of ${heartpy.length}`
  return {
    name: 'pulse further than 2/min from HeartPy',
    measured: (off / good) * 100,
    unit: '%',
    aim: { atMost: 0 },
    note,
  }
}

/** Processor time of an hour of ECG, in encryptions of a data key. */
async function cost(ecg: Waveform): Promise<Figure> {
  const encryption = encryptionMs()
  const seconds = ecg.values.length / ecg.rateHz
  const hourMs = (cpuMs(() => beatsIn(ecg)) * HOUR_SEC) / seconds
  return {
    name: 'an hour of ECG at 360 Hz, in Umbral encryptions',
    measured: hourMs / encryption,
    unit: '×',
    note: `${hourMs.toFixed(0)} ms against ${encryption.toFixed(2)} ms`,
  }
}
