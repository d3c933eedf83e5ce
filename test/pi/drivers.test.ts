import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SensorsConfig, SimulationConfig } from '@hygeia/agent/sampling/config'
import type { SensorStatus } from '@hygeia/agent/sampling/keeper'
import { type SimulatedMachine, simulatedMachine } from '@hygeia/agent/simulation/machine'
import type { Sample } from '@hygeia/protocol/sample'
import t from 'tap'
import { TestPi } from './support/test-pi.ts'

t.setTimeout(600_000)

const HEART_RATE = 72
const SPO2 = 97
const CELSIUS = 33.5
const BUTTON_LINE = 27
const RESET_LINE = 4
const MFIO_LINE = 17
const READY_LINE = 5
const LEAD_OFF_LINES = [6, 13]
const INTERRUPT_LINE = 22
const LIMIT_MS = 60_000
/** What i2c-dev and the kernel's own timeout are waited for: one second a transfer. */
const STUCK_LIMIT_MS = 120_000

// Every channel once: which quantity stands in which channel says nothing here.
const SENSORS = [
  {
    name: 'tmp117',
    kind: 'tmp117',
    address: '0x48',
    channels: [{ channel: 'skin-temperature', from: 'temperature' }],
  },
  {
    name: 'tmp105',
    kind: 'lm75',
    address: '0x4f',
    resolutionBits: 12,
    channels: [{ channel: 'body-temperature', from: 'temperature' }],
  },
  { name: 'mlx90614', kind: 'mlx90614', channels: [{ channel: 'room-temperature', from: 'temperature' }] },
  {
    name: 'max32664',
    kind: 'max32664',
    resetLine: RESET_LINE,
    mfioLine: MFIO_LINE,
    channels: [
      { channel: 'heart-rate', from: 'heart-rate' },
      { channel: 'spo2', from: 'spo2' },
    ],
  },
  {
    name: 'bme280',
    kind: 'bme280',
    channels: [
      { channel: 'room-humidity', from: 'humidity' },
      { channel: 'room-pressure', from: 'pressure' },
    ],
  },
  { name: 'mpu6050', kind: 'mpu6050', channels: [{ channel: 'movement', from: 'movement' }] },
  {
    name: 'max30102',
    kind: 'max30102',
    interruptLine: INTERRUPT_LINE,
    channels: [
      { channel: 'ppg-infrared', from: 'infrared' },
      { channel: 'ppg-red', from: 'red' },
    ],
  },
  {
    name: 'ads1115',
    kind: 'ads1115',
    readyLine: READY_LINE,
    leadOffLines: LEAD_OFF_LINES,
    channels: [{ channel: 'ecg-i', from: 'voltage' }],
  },
  // Its conversions are asked for, two inputs in turn; slowly, for all of it goes through one process outside.
  {
    name: 'ads1115-paced',
    kind: 'ads1115',
    address: '0x4a',
    inputs: { a0: { frontEnd: 'none' }, a3: { frontEnd: 'none', rangeV: 2.048 } },
    periodMs: 50,
    channels: [{ channel: 'respiration', from: 'a3' }],
  },
  {
    name: 'button',
    kind: 'button',
    line: BUTTON_LINE,
    channels: [{ channel: 'patient-event', from: 'press' }],
  },
]
/** What each channel must say, from the least to the most. */
const EXPECTED: Readonly<Record<string, readonly [number, number]>> = {
  'skin-temperature': [CELSIUS, CELSIUS],
  'body-temperature': [CELSIUS, CELSIUS],
  // Its steps are 0.02 K from absolute zero.
  'room-temperature': [CELSIUS - 0.02, CELSIUS + 0.02],
  'heart-rate': [HEART_RATE, HEART_RATE],
  spo2: [SPO2, SPO2],
  'room-humidity': [20, 70],
  'room-pressure': [950, 1_060],
  movement: [0, 5],
  // The recorded finger: 120,000 and 100,000 counts, and what its blood takes or leaves.
  'ppg-infrared': [115_000, 125_000],
  'ppg-red': [97_000, 103_000],
  'ecg-i': [-5_000, 5_000],
  respiration: [1_250_000, 2_050_000],
}

type Said =
  | ({ readonly kind: 'sample' } & Sample)
  | ({ readonly kind: 'sensor' } & SensorStatus)
  | { readonly kind: 'bus'; readonly state: string; readonly found: readonly (readonly [string, string])[] }

const configs = SensorsConfig.parse(SENSORS)
const chips = configs.filter((config) => 'bus' in config)
const channelsOf = (name: string) =>
  configs
    .filter((config) => config.name === name)
    .flatMap(({ channels }) => channels.map(({ channel }) => channel.name))

let machine: SimulatedMachine
let pi: TestPi

t.before(async () => {
  const file = join(t.testdir(), 'recording.csv')
  const rows = Array.from({ length: 3_600 }, (_, second) => [second, HEART_RATE, SPO2, CELSIUS].join())
  await writeFile(file, `second,heart_rate_bpm,spo2_percent,celsius\n${rows.join('\n')}\n`)
  const celsius = { temperature: 'celsius' }
  const feeds = { tmp117: celsius, tmp105: celsius, mlx90614: celsius }
  machine = await simulatedMachine(
    configs,
    SimulationConfig.parse({ source: { kind: 'recording', file }, feeds }),
  )
  const { gpio } = machine
  // Its level counts when the reset ends.
  const outputs = [MFIO_LINE, RESET_LINE]
  pi = await TestPi.make({ bus: machine.bus(1), gpio, outputs, program: 'test/pi/guest/sensors.ts' })
})
t.teardown(async () => {
  await pi?.close()
  await machine?.hal.close()
})

/** Where what is said from now on begins. */
const now = () => pi.program.heard.length

async function hear(fits: (said: Said) => boolean, from: number, limitMs = LIMIT_MS): Promise<Said> {
  const parsed = (line: string): Said => JSON.parse(line)
  return parsed(await pi.program.find((line) => fits(parsed(line)), limitMs, from))
}

const isState = (name: string, state: SensorStatus['state']) => (said: Said) =>
  said.kind === 'sensor' && said.name === name && said.state === state

/** A value on each channel of the sensor, within what is expected. */
async function measures(name: string, from: number): Promise<void> {
  for (const channel of channelsOf(name)) {
    const [least = Number.NaN, most = Number.NaN] = EXPECTED[channel] ?? []
    const isValue = (said: Said) =>
      said.kind === 'sample' && said.channel === channel && said.value !== undefined
    const said = await hear(isValue, from)
    const value = said.kind === 'sample' ? said.value : undefined
    if (value === undefined || value < least || value > most) {
      throw new Error(`${channel} of ${name} is ${value}, not ${least} to ${most}`)
    }
  }
}

t.test('it is a Raspberry Pi, as far as a program can see', async (t) => {
  t.equal(await pi.powerOn(), 512, 'its GPIO numbers begin at 512')
  await pi.program.find((line) => line.includes('waiting'), LIMIT_MS)
  pi.program.say(JSON.stringify(SENSORS))
})

t.test('whoever is on the bus is found, and says who it is where it can', async (t) => {
  const said = await hear((one) => one.kind === 'bus', 0)
  const found = said.kind === 'bus' ? said.found : []
  // Nobody has let go of its reset line yet.
  const awake = chips.map(({ name }) => name).filter((name) => name !== 'max32664')
  t.same(new Set(found.map(([name]) => name)), new Set(awake))
  const unsure = found.filter(([, outcome]) => outcome !== 'is').map(([name]) => name)
  t.same(new Set(unsure), new Set(['tmp105', 'ads1115', 'ads1115-paced']))
})

for (const { name } of chips) {
  t.test(`${name} measures through the kernel`, async (t) => {
    await hear(isState(name, 'present'), 0)
    await t.resolves(measures(name, 0))
  })
}

t.test('a bouncing button is pressed once', async (t) => {
  const from = now()
  for (let bounce = 0; bounce < 5; bounce++) {
    machine.gpio.drive(BUTTON_LINE, 0)
    await delay(3)
    machine.gpio.drive(BUTTON_LINE, 1)
    await delay(3)
  }
  machine.gpio.drive(BUTTON_LINE, 0)
  const isPress = (said: Said) => said.kind === 'sample' && said.channel === 'patient-event'
  await hear(isPress, from)
  machine.gpio.drive(BUTTON_LINE, 1)
  await measures('tmp117', now())
  const presses = pi.program.heard.slice(from).filter((line) => isPress(JSON.parse(line)))
  t.equal(presses.length, 1)
})

t.test(
  'light comes at the chip’s rate, a belt at the pace of the clock, and what is lost is told',
  async (t) => {
    const from = now()
    const seconds = 10
    await delay(seconds * 1_000)
    const said = pi.program.heard.slice(from).map((line): Said => JSON.parse(line))
    const count = (channel: string, isValue: boolean) =>
      said.filter(
        (one) => one.kind === 'sample' && one.channel === channel && (one.value !== undefined) === isValue,
      ).length
    for (const [channel, rate] of [
      ['ppg-infrared', 98.5],
      ['ppg-red', 98.5],
      ['respiration', 20],
    ] as const) {
      const values = count(channel, true)
      t.ok(
        values > 0.9 * rate * seconds && values < 1.1 * rate * seconds,
        `${channel}: ${values} in ${seconds} s`,
      )
    }
    // Here an edge and its transfer take longer than the 4 ms to the next.
    const [values, losses] = [count('ecg-i', true), count('ecg-i', false)]
    t.ok(values > 240 * seconds || losses > 0, `ecg-i: ${values} values and ${losses} losses in ${seconds} s`)
  },
)

t.test('an electrode that is off is told of over its line, and of nothing else', async (t) => {
  const from = now()
  machine.gpio.drive(LEAD_OFF_LINES[0] ?? 0, 1)
  await hear(
    (said) => said.kind === 'sample' && said.channel === 'ecg-i' && said.missing === 'probe-off',
    from,
  )
  await measures('ads1115-paced', now())
  const back = now()
  machine.gpio.drive(LEAD_OFF_LINES[0] ?? 0, 0)
  await t.resolves(measures('ads1115', back))
})

const troubles = [
  { what: 'does not answer', fault: 'NACK', begin: 'nack' },
  { what: 'holds the bus too long', fault: 'BUS_TIMEOUT', begin: 'timeout' },
  { what: 'is unplugged', fault: 'NACK', begin: 'unplug' },
] as const
for (const chip of chips) {
  const { name, address } = chip
  for (const { what, fault, begin } of troubles) {
    t.test(`${name} ${what}: the others go on, and it comes back`, async (t) => {
      const bus = machine.bus(1)
      const from = now()
      if (begin === 'unplug') bus.unplug(address)
      else bus.trouble(address, begin)
      t.match(await hear(isState(name, 'away'), from), { fault })
      const isMissing = (said: Said) =>
        said.kind === 'sample' && channelsOf(name).includes(said.channel) && said.missing === 'sensor-error'
      const away = now()
      await hear(isMissing, away)
      for (const other of chips) if (other.name !== name) await measures(other.name, away)
      const invented = pi.program.heard.slice(away).filter((line) => {
        const said: Said = JSON.parse(line)
        return said.kind === 'sample' && channelsOf(name).includes(said.channel) && said.value !== undefined
      })
      t.same(invented, [], 'it says nothing meanwhile')
      const back = now()
      if (begin === 'unplug') bus.replug(address)
      else bus.heal(address)
      await hear(isState(name, 'present'), back)
      await measures(name, now())
    })
  }
}

t.test('a bus that is held low is lost as a whole, and found again', async (t) => {
  const from = now()
  pi.chips.isStuck = true
  for (const { name } of chips) {
    t.match(await hear(isState(name, 'away'), from, STUCK_LIMIT_MS), { fault: 'BUS_TIMEOUT' }, name)
  }
  const back = now()
  pi.chips.isStuck = false
  for (const { name } of chips) {
    await hear(isState(name, 'present'), back, STUCK_LIMIT_MS)
    await measures(name, now())
  }
})
