import { cp } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { PiConfig } from '@hygeia/test/pi/bedside-pi'
import { type Bed, WIRED } from './bed.ts'

/** What the whole bedside takes in, values a second. */
export const LOAD = 'four channels at 1 Hz, ECG at 250 Hz, two colours of light at 100 Hz'

/**
 * The whole bedside, its chips simulated within the agent: through the machine's own bus, whose transfers are answered
 * outside, no 250 values a second come.
 *
 * @param file - a recording that is played once; that of the package, hours long, without
 * @param ledgerFile - where the chips write what they handed out
 */
export function played(file?: string, ledgerFile?: string): PiConfig {
  return {
    ...WIRED,
    sensors: [
      {
        name: 'oximeter',
        kind: 'max32664',
        resetLine: 4,
        mfioLine: 17,
        channels: [
          { channel: 'pulse', from: 'heart-rate' },
          { channel: 'spo2', from: 'spo2' },
        ],
      },
      thermometer('thermometer', '0x48', 'skin-temperature'),
      thermometer('room', '0x4a', 'room-temperature'),
      { name: 'ecg', kind: 'ads1115', readyLine: 5, channels: [{ channel: 'ecg-i', from: 'voltage' }] },
      {
        name: 'light',
        kind: 'max30102',
        interruptLine: 6,
        channels: [
          { channel: 'ppg-infrared', from: 'infrared' },
          { channel: 'ppg-red', from: 'red' },
        ],
      },
    ],
    simulation: {
      source: { kind: 'recording', ...(file === undefined ? {} : { file }) },
      ...(ledgerFile === undefined ? {} : { ledgerFile }),
    },
    atRecordingEnd: 'stay',
  }
}

const RECORDINGS = 'agent/src/simulation/recordings'

/** No package brings recorded waveforms: put them where its programs look for them, in the test Pi. */
export async function bringWaveforms({ bedside: { shell } }: Bed): Promise<void> {
  await shell.run(`cp -r /opt/hygeia/${RECORDINGS} /usr/lib/hygeia/agent/current/workers/`)
}

/** The same on this machine. */
export async function putWaveforms(workers: string): Promise<void> {
  const recordings = fileURLToPath(new URL(`../../${RECORDINGS}`, import.meta.url))
  await cp(recordings, `${workers}/recordings`, { recursive: true })
}

function thermometer(name: string, address: string, channel: string): PiConfig['sensors'][number] {
  return { name, kind: 'tmp117', address, channels: [{ channel, from: 'temperature' }] }
}
