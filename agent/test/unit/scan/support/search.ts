import { SensorsConfig, SimulationConfig } from '@hygeia/agent/sampling/config'
import { type SearchOptions, searchSensors } from '@hygeia/agent/scan/search'
import { simulatedMachine } from '@hygeia/agent/simulation/machine'
import type { SimulatedI2cChip } from '@hygeia/agent/simulation/simulated-i2c'
import t from 'tap'
import { NEVER } from '../../../support/line.ts'
import { ScriptedTerminal } from '../../../support/scripted-terminal.ts'

export const THERMOMETER = {
  name: 'thermometer',
  kind: 'tmp117',
  address: '0x48',
  channels: [{ channel: 'skin-temperature', from: 'temperature' }],
}
export const BUTTON = {
  name: 'event-button',
  kind: 'button',
  line: 27,
  channels: [{ channel: 'patient-event', from: 'press' }],
}
export const WRITTEN = { stateDir: '/state', sensors: [THERMOMETER, BUTTON], logLevel: 'warn' }

/** Everything that says who it is, each at its usual address. */
const CHIPS = SensorsConfig.parse([
  THERMOMETER,
  {
    name: 'hub',
    kind: 'max32664',
    resetLine: 4,
    mfioLine: 17,
    channels: [{ channel: 'pulse', from: 'heart-rate' }],
  },
  { name: 'infrared', kind: 'mlx90614', channels: [{ channel: 'body-temperature', from: 'temperature' }] },
  { name: 'room', kind: 'bme280', channels: [{ channel: 'room-temperature', from: 'temperature' }] },
  { name: 'movement', kind: 'mpu6050', channels: [{ channel: 'movement', from: 'movement' }] },
  { name: 'light', kind: 'max30102', channels: [{ channel: 'ppg-infrared', from: 'infrared' }] },
])

export async function bedside(sensors: typeof CHIPS = CHIPS) {
  const source = { kind: 'noise' }
  const time = { startUnixMs: 1_800_000_000_000, speed: 'max' }
  const machine = await simulatedMachine(sensors, SimulationConfig.parse({ source, time }))
  t.teardown(() => machine.hal.close())
  // What a hub needs to start: RSTN and MFIO high.
  machine.gpio.drive(17, 1)
  machine.gpio.drive(4, 0)
  machine.gpio.drive(4, 1)
  return machine
}

interface Setting {
  readonly machine?: Awaited<ReturnType<typeof bedside>>
  /** Undefined: nobody is at the terminal. */
  readonly answers?: string[]
  readonly options?: Partial<SearchOptions>
}

export async function search({ machine, answers, options = {} }: Setting) {
  const { hal, clock } = machine ?? (await bedside())
  const terminal = new ScriptedTerminal(answers ?? [])
  const writes: unknown[] = []
  const commands: string[] = []
  await searchSensors(
    { written: WRITTEN, buses: [1], i2c: true, isJson: false, isWriting: false, showsAll: false, ...options },
    {
      i2c: (bus) => hal.i2c(bus),
      clock,
      machine: {
        has: (path) => path === '/dev/i2c-1',
        run: async (program) => {
          commands.push(program)
          return ''
        },
      },
      terminal,
      isAsking: answers !== undefined,
      write: async (next) => void writes.push(next),
    },
    NEVER,
  )
  return { said: terminal.said, writes, commands }
}

/** A chip that keeps nothing that is written to it. */
export function chipHolding(
  registers: Record<number, number>,
): SimulatedI2cChip & { readonly written: number[][] } {
  let pointer = 0
  const written: number[][] = []
  return {
    written,
    powerOn() {},
    powerOff() {},
    receive: (bytes) => {
      pointer = bytes[0] ?? 0
      if (bytes.length > 1) written.push([...bytes])
      return true
    },
    transmit: (length) => Uint8Array.from({ length }, (_, index) => registers[pointer + index] ?? 0),
  }
}

export async function busWith(address: number, chip: SimulatedI2cChip) {
  const machine = await bedside(SensorsConfig.parse([THERMOMETER]))
  machine.bus(1).attach(address, chip)
  return machine
}

export const named = (sensors: readonly { name: string; kind: string; address?: unknown }[]) =>
  sensors.map(({ name, kind, address }) => [name, kind, address])
