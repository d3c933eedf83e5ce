import type { Channel } from '@hygeia/protocol/channel'
import type { MonotonicMs } from '@hygeia/protocol/units'
import type { SignalConfig } from './config.ts'
import { ECG, HeartRateMeter, PPG } from './heart-rate.ts'
import { BeltMeter, StrokeMeter } from './respiration.ts'
import type { Meter, Tell } from './source.ts'

type Of<Kind extends SignalConfig['kind']> = Extract<SignalConfig, { readonly kind: Kind }>
const present = (...channels: readonly (Channel | undefined)[]) => channels.filter((one) => one !== undefined)

/** What is derived from one waveform. */
export type WaveSignal = Exclude<SignalConfig, { readonly kind: 'spo2' }>

/** The meter that the configuration asks for. */
export function meterOf(signal: WaveSignal): Meter {
  switch (signal.kind) {
    case 'ecg':
      return ecgMeter(signal)
    case 'ppg':
      return ppgMeter(signal)
    case 'belt':
      return beltMeter(signal)
  }
}

function ecgMeter({ rateHz, heartRate, rrInterval, quality }: Of<'ecg'>): Meter {
  const heart = new HeartRateMeter(ECG, { rateHz })
  return {
    silent: present(heartRate),
    push(value, at, tell) {
      if (heart.push(value) < 0 || rrInterval === undefined) return
      const { interval } = heart
      // Told when it is certain, 0.6 s after the beat: times of a channel must rise.
      if (interval !== undefined) tell(rrInterval, at, { value: interval })
    },
    report: (at, tell) => tellHeartRate(heart, { heartRate, quality }, at, tell),
    pace: (periodMs) => heart.pace(periodMs),
    clear: () => heart.clear(),
  }
}

function ppgMeter({ rateHz, isInverted, heartRate, quality, respiratoryRate }: Of<'ppg'>): Meter {
  const heart = new HeartRateMeter(PPG, { rateHz })
  const breath = new StrokeMeter()
  let period = 1_000 / rateHz
  return {
    silent: present(heartRate, respiratoryRate),
    push(value, at) {
      const age = heart.push(isInverted ? -value : value)
      if (age < 0) return
      const { stroke, interval } = heart
      if (stroke === undefined || interval === undefined) return
      breath.push({ at: at - age * period, ...stroke, intervalMs: interval })
    },
    report(at, tell) {
      tellHeartRate(heart, { heartRate, quality }, at, tell)
      if (respiratoryRate === undefined) return
      const rate = breath.respiratoryRate(at)
      tell(respiratoryRate, at, 'missing' in rate ? rate : { value: rate.perMinute })
    },
    pace(periodMs) {
      period = periodMs
      heart.pace(periodMs)
    },
    clear() {
      heart.clear()
      breath.clear()
    },
  }
}

function beltMeter({ rateHz, leastSwing, respiratoryRate }: Of<'belt'>): Meter {
  const belt = new BeltMeter({ rateHz, leastSwing })
  return {
    silent: [respiratoryRate],
    push: (value) => belt.push(value),
    report(at, tell) {
      const rate = belt.respiratoryRate()
      tell(respiratoryRate, at, 'missing' in rate ? rate : { value: rate.perMinute })
    },
    pace: (periodMs) => belt.pace(periodMs),
    clear: () => belt.clear(),
  }
}

function tellHeartRate(
  heart: HeartRateMeter,
  { heartRate, quality }: { heartRate: Channel | undefined; quality: Channel | undefined },
  at: MonotonicMs,
  tell: Tell,
): void {
  const rate = heart.heartRate()
  const isMissing = 'missing' in rate
  if (heartRate !== undefined) tell(heartRate, at, isMissing ? rate : { value: rate.perMinute })
  if (quality !== undefined) tell(quality, at, isMissing ? rate : { value: 100 * rate.quality })
}
