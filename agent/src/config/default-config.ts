import type { z } from 'zod'
import type { AgentConfig } from './config.ts'

/** Where the systemd unit keeps the state; its status file is then in memory, off the card. */
export const PACKAGED_STATE = '/var/lib/hygeia-agent'

/** What `init` writes: the usual chips at their usual addresses, everything else by default. */
export function defaultConfig(stateDir: string): z.input<typeof AgentConfig> {
  return {
    stateDir,
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
      {
        name: 'thermometer',
        kind: 'tmp117',
        address: '0x48',
        channels: [{ channel: 'skin-temperature', from: 'temperature' }],
      },
      {
        name: 'event-button',
        kind: 'button',
        line: 27,
        channels: [{ channel: 'patient-event', from: 'press' }],
      },
    ],
    uplink: { kind: 'mqtt' },
    ...(stateDir === PACKAGED_STATE
      ? {
          status: { file: '/run/hygeia-agent/status.json' },
          controlSocket: '/run/hygeia-agent/control.sock',
        }
      : {}),
  }
}
