import { randomBytes, randomInt } from 'node:crypto'
import { noisyVitals } from '@hygeia/agent/simulation/noise'
import { encodeBatch } from '@hygeia/protocol/batch/codec'
import { channelNamed } from '@hygeia/protocol/channel'
import { toHex } from '@hygeia/protocol/ids'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import { toSample } from '@hygeia/protocol/to-sample'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { publicKey, randomSecretKey } from '@hygeia/protocol/umbral/keys'
import { MINUTE_MS, type MonotonicMs, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import { FleetDevice, noisyWindow } from '../fleet.ts'
import type { Finding } from '../report/figure.ts'
import { mean } from '../report/spread.ts'

const WINDOWS = 120
const READINGS = (4 * MINUTE_MS) / SECOND_MS
const AIM = { atMost: 2.5 }

/** Bytes a reading of what MQTT and CoAP carry: four channels at 1 Hz, 60 s windows, sealed with all that a batch bears. */
export async function bytes(): Promise<Finding> {
  const from = Date.UTC(2025, 5, 3, 12) as UnixMs
  const key = {
    label: formatLabel({ category: 'vitals', month: monthOf(from), generation: 0 }),
    publicKey: publicKey(randomSecretKey()),
  }
  const device = new FleetDevice(anyRealm(), [key])
  const fleet = sealed(device, from, (at) => noisyWindow(at, device.boot))
  const patient = noisyVitals(randomInt(2 ** 31))
  const agent = sealed(device, from, (at, minute) => simulatedWindow(device, patient, at, minute))
  return {
    figures: [
      { ...line('bytes a reading, sensors’ own noise', fleet), aim: AIM },
      line('bytes a reading, a restless simulated patient', agent),
    ],
  }
}

function sealed(
  device: FleetDevice,
  from: UnixMs,
  windowAt: (at: UnixMs, minute: number) => Uint8Array,
): readonly number[] {
  return Array.from({ length: WINDOWS }, (_, minute) => {
    const at = (from + minute * MINUTE_MS) as UnixMs
    return device.seal(windowAt(at, minute), at).block.length
  })
}

function line(name: string, lengths: readonly number[]) {
  return {
    name,
    measured: mean(lengths) / READINGS,
    unit: 'B' as const,
    note: `${Math.min(...lengths)} to ${Math.max(...lengths)} bytes a batch of ${READINGS}`,
  }
}

/** A window of the patient that the agent's simulated chips show, in the steps that the sensors measure in. */
function simulatedWindow(
  device: FleetDevice,
  patient: ReturnType<typeof noisyVitals>,
  from: UnixMs,
  minute: number,
): Uint8Array {
  const signals = {
    'heart-rate': patient.heartRate,
    pulse: patient.pulse,
    spo2: patient.spo2,
    'skin-temperature': patient.temperature,
  }
  const columns = Object.entries(signals).map(([name, signal]) => {
    const channel = channelNamed(name)
    const samples = Array.from({ length: MINUTE_MS / SECOND_MS }, (_, second) => {
      const at = (minute * MINUTE_MS + second * SECOND_MS) as MonotonicMs
      const value = signal(at)
      if (value === undefined) throw new Error(`${name} stopped`)
      return toSample(channel, at, { value })
    })
    return { channel: channel.name, samples }
  })
  return encodeBatch({ time: { boot: device.boot, offsetMs: from - minute * MINUTE_MS, steps: [] }, columns })
}

function anyRealm(): Realm {
  return {
    chainId: randomInt(2 ** 31, 2 ** 47),
    directory: toHex(randomBytes(20)) as string as Realm['directory'],
    genesis: toHex(randomBytes(32)) as string as Realm['genesis'],
  }
}
