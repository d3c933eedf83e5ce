import { AgentConfig } from '@hygeia/agent/config/config'
import { HalError } from '@hygeia/agent/hal/errors'
import { SensorsConfig } from '@hygeia/agent/sampling/config'
import { Ads1115Chip } from '@hygeia/agent/simulation/ads1115-chip'
import { Lm75Chip } from '@hygeia/agent/simulation/lm75-chip'
import { sleep } from '@hygeia/runtime/clock'
import t from 'tap'
import { NEVER } from '../../support/line.ts'
import {
  BUTTON,
  bedside,
  busWith,
  chipHolding,
  named,
  search,
  THERMOMETER,
  WRITTEN,
} from './support/search.ts'

t.test('every chip that says who it is becomes a sensor, and what was configured stays', async (t) => {
  const machine = await bedside()
  // The hub takes a second to start.
  await sleep(machine.clock, 1_500, NEVER)
  const { said, writes } = await search({ machine, options: { isWriting: true } })
  const [next] = writes as [typeof WRITTEN & { signals: unknown[] }]
  t.same(named(next.sensors), [
    ['thermometer', 'tmp117', '0x48'],
    ['event-button', 'button', undefined],
    ['oximeter', 'max32664', '0x55'],
    ['room', 'bme280', '0x76'],
    ['movement', 'mpu6050', '0x69'],
    ['optical', 'max30102', '0x57'],
  ])
  t.equal(next.logLevel, 'warn', 'the rest of the file is as it was')
  t.ok(AgentConfig.safeParse(next).success)
  t.match(next.signals, [{ kind: 'ppg', from: 'ppg-infrared', heartRate: 'heart-rate' }])
  t.equal(next.signals.length, 1, 'no uncalibrated saturation beside a calibrated one')
  t.match(said, /0x48 +TMP117 +thermometer/)
  t.match(said, /0x57 +MAX30102 +new/)
  t.match(said, /MLX90614 at 0x5a is left out: what it measures has a source already/)
})

t.test('what has nothing that says who it is is asked about, and left out where nobody is', async (t) => {
  const withLm75 = async () => {
    const machine = await bedside(SensorsConfig.parse([THERMOMETER]))
    const { clock, gpio } = machine
    machine.bus(1).attach(0x4a, new Lm75Chip({ part: 'lm75' }, { clock, temperature: () => 20 }))
    machine.bus(1).attach(0x49, new Ads1115Chip({ readyLine: 5 }, { clock, gpio, inputs: [] }))
    return machine
  }
  const silent = await search({ machine: await withLm75(), options: { isWriting: true } })
  t.same(silent.writes, [], 'nothing is guessed')
  t.match(silent.said, /0x49 +unknown .*more like ADS1115/)
  t.match(silent.said, /0x4a +unknown .*more like LM75/)

  const asked = await search({
    machine: await withLm75(),
    answers: ['ads1115', 'ecg', 'n', 'y', 'lm75', 'y'],
  })
  const [next] = asked.writes as [typeof WRITTEN & { signals: unknown[] }]
  t.same(named(next.sensors).slice(2), [
    ['coarse-thermometer', 'lm75', '0x4a'],
    ['ecg', 'ads1115', '0x49'],
  ])
  t.match(next.sensors[3], { frontEnd: 'ad8232', leadOffLines: [6, 13], readyLine: undefined })
  t.match(next.signals, [{ kind: 'ecg', from: 'ecg-i', rateHz: 200, heartRate: 'heart-rate' }])
  t.ok(AgentConfig.safeParse(next).success)

  const both = await search({ machine: await withLm75(), answers: ['ads1115', 'both', 'y', 'other', 'y'] })
  const [adc] = both.writes as [typeof WRITTEN & { signals: unknown[] }]
  t.match(adc.sensors[2], { inputs: { a0: { frontEnd: 'ad8232' }, a1: { frontEnd: 'none' } } })
  t.match(adc.signals, [
    { kind: 'ecg', from: 'ecg-i', rateHz: 100 },
    { kind: 'belt', from: 'respiration', rateHz: 100 },
  ])
  t.ok(AgentConfig.safeParse(adc).success)

  const other = await search({ machine: await withLm75(), answers: ['other', 'other', 'y'] })
  t.same(other.writes, [])
  const useless = await search({ machine: await withLm75(), answers: ['ads1115', 'other', 'other'] })
  t.same(useless.writes, [])
  t.match(useless.said, /ADS1115 at 0x49 is left out: nobody said what it is for/)
})

t.test('which LED of a MAX30102 is the red one is for eyes to tell', async (t) => {
  const optical = (areLedsSwapped?: boolean) => ({
    name: 'light',
    kind: 'max30102',
    ...(areLedsSwapped === undefined ? {} : { areLedsSwapped }),
    channels: [{ channel: 'ppg-infrared', from: 'infrared' }],
  })
  const withChip = () => bedside(SensorsConfig.parse([THERMOMETER, optical()]))
  for (const [answer, areLedsSwapped] of [
    ['yes', false],
    ['no', true],
    ['unsure', undefined],
  ] as const) {
    const { writes } = await search({ machine: await withChip(), answers: [answer, 'y'] })
    const [next] = writes as [{ sensors: { kind: string; areLedsSwapped?: boolean }[]; signals: unknown[] }]
    t.equal(next.sensors.find(({ kind }) => kind === 'max30102')?.areLedsSwapped, areLedsSwapped)
    t.match(next.signals, [{ kind: 'ppg' }, { kind: 'spo2', from: 'ppg-infrared', red: 'ppg-red' }])
  }
  const written = { ...WRITTEN, sensors: [...WRITTEN.sensors, optical()] }
  const { writes } = await search({ machine: await withChip(), answers: ['no', 'y'], options: { written } })
  t.same((writes[0] as typeof WRITTEN).sensors.at(-1), optical(true))
  const told = { ...WRITTEN, sensors: [...WRITTEN.sensors, optical(true)] }
  const again = await search({ machine: await withChip(), answers: [], options: { written: told } })
  t.notMatch(again.said, /shine red/, 'what is known is not asked again')
})

t.test('the first LED alone is lit while somebody looks, and the chip is reset afterwards', async (t) => {
  const machine = await bedside(SensorsConfig.parse([THERMOMETER]))
  const chip = chipHolding({ 255: 0x15 })
  machine.bus(1).attach(0x57, chip)
  await search({ machine, answers: ['yes', 'n'] })
  t.same(chip.written, [
    [0x0a, 0x27],
    [0x0c, 50, 0],
    [0x09, 0x03],
    [0x09, 0x40],
  ])
})

t.test('who was asked about once is not asked about again', async (t) => {
  const machine = await bedside(SensorsConfig.parse([THERMOMETER]))
  machine.bus(1).attach(0x4a, new Lm75Chip({ part: 'lm75' }, { clock: machine.clock, temperature: () => 20 }))
  const room = {
    name: 'room',
    kind: 'lm75',
    address: '0x4a',
    channels: [{ channel: 'room-temperature', from: 'temperature' }],
  }
  const written = { ...WRITTEN, sensors: [...WRITTEN.sensors, room] }
  const { said, writes } = await search({ machine, answers: [], options: { written } })
  t.match(said, /0x4a +LM75 or TMP105 +room, by the configuration/)
  t.match(said, /the configuration is as it should be/)
  t.same(writes, [])
})

t.test('a wrong chip at the address of a sensor does not pass for it', async (t) => {
  const clock = chipHolding({ 117: 0x00 })
  const movement = {
    name: 'movement',
    kind: 'mpu6050',
    address: '0x68',
    channels: [{ channel: 'movement', from: 'movement' }],
  }
  const written = { ...WRITTEN, sensors: [...WRITTEN.sensors, movement] }
  const { said } = await search({ machine: await busWith(0x68, clock), options: { written } })
  t.match(said, /0x68 +unknown +a clock \(DS3231, DS1307\)\?/)
  t.match(said, /0x68 +MPU-6050 +movement: does not answer/)
  t.same(clock.written, [], 'nothing was written to it')
})

t.test(
  'an EEPROM at the address of a MAX30102, and one where a hub might be, keep what they hold',
  async (t) => {
    const eeproms = [0x50, 0x55, 0x57].map((address) => [address, chipHolding({ 0: 1 })] as const)
    const machine = await bedside(SensorsConfig.parse([THERMOMETER]))
    for (const [address, chip] of eeproms) machine.bus(1).attach(address, chip)
    const { said } = await search({ machine })
    t.match(said, /0x57 +unknown +the EEPROM of a clock board/)
    for (const [, chip] of eeproms) t.same(chip.written, [])
  },
)

t.test('a BMP280 is not taken for a BME280', async (t) => {
  const { said } = await search({ machine: await busWith(0x76, chipHolding({ 208: 0x58 })) })
  t.match(said, /0x76 +unknown +a BMP280/)
})

t.test(
  'a sensor that does not answer stays, with how to wire it, unless somebody says otherwise',
  async (t) => {
    const machine = await bedside(SensorsConfig.parse([THERMOMETER]))
    machine.bus(1).unplug(0x48)
    const silent = await search({ machine, options: { isWriting: true } })
    t.same(silent.writes, [])
    t.match(silent.said, /0x48 +TMP117 +thermometer: does not answer/)
    t.match(silent.said, /ADD0 to GND gives 0x48/)
    t.match(silent.said, /SDA ── GPIO2 +\( 3\)/)
    const asked = await search({ machine, answers: ['n', 'y'] })
    t.match(asked.writes, [{ sensors: [BUTTON] }])
  },
)

t.test('nothing is written after a no, and without a file there is nothing to write to', async (t) => {
  const machine = await bedside(SensorsConfig.parse([{ ...THERMOMETER, address: '0x49' }]))
  const refused = await search({ machine, answers: ['y', 'n'] })
  t.same(refused.writes, [])
  t.match(refused.said, /"address": "0x49"/, 'what would be written is shown')
  const fresh = await search({ machine, options: { written: undefined, isWriting: true } })
  t.same(fresh.writes, [])
  t.match(fresh.said, /hygeia-agent setup makes one/)
})

t.test(
  'a sensor that was given another address is asked about, and keeps its name and channel',
  async (t) => {
    const machine = await bedside(SensorsConfig.parse([{ ...THERMOMETER, address: '0x49' }]))
    const silent = await search({ machine, options: { isWriting: true } })
    t.same(silent.writes, [], 'nobody said that it is that')
    const { writes, said } = await search({ machine, answers: ['y', 'y'] })
    t.match(said, /~ thermometer: from 0x48 to 0x49/)
    t.same(writes, [{ ...WRITTEN, sensors: [{ ...THERMOMETER, address: '0x49' }, BUTTON] }])
  },
)

t.test('limits on what nobody would measure any more keep the configuration as it is', async (t) => {
  const machine = await bedside(SensorsConfig.parse([THERMOMETER]))
  machine.bus(1).unplug(0x48)
  const written = { ...WRITTEN, alerts: { thresholds: [{ channel: 'skin-temperature', high: 39 }] } }
  const { said, writes } = await search({ machine, answers: ['n', 'y'], options: { written } })
  t.same(writes, [])
  t.match(said, /nothing is proposed: alerts.thresholds: nothing measures skin-temperature/)
})

t.test('a bus that is held, one that is not there, and an address that the kernel has', async (t) => {
  const machine = await bedside(SensorsConfig.parse([THERMOMETER]))
  const fail = (fault: ConstructorParameters<typeof HalError>[1], only?: number) => {
    const device = (address: number) => ({
      ...machine.bus(1).device(address),
      read: async (length: number) => {
        if (only === undefined || only === address) throw new HalError('no', fault)
        return machine.bus(1).device(address).read(length)
      },
    })
    const bus = { device, close: async () => {} }
    return { ...machine, hal: { ...machine.hal, i2c: async () => bus } }
  }
  const at = { bus: 1, address: 8 }
  const stuck = await search({ machine: fail({ code: 'BUS_TIMEOUT', ...at }), answers: [] })
  t.match(stuck.said, /Bus 1 .*held by somebody/)
  t.notMatch(stuck.said, /does not answer/, 'nobody is called absent on a bus that could not be asked')
  const taken = fail({ code: 'BUS_FAULT', ...at, errno: 'EBUSY' }, 0x68)
  t.match((await search({ machine: taken })).said, /0x68 +taken +a driver of the kernel has it/)
  const i2c = async (bus: number) => {
    throw new HalError('no', { code: 'BUS_UNAVAILABLE', bus, errno: 'ENOENT' })
  }
  const absent = await search({ machine: { ...machine, hal: { ...machine.hal, i2c } } })
  t.match(absent.said, /Bus 1 .*not there/)
})

t.test('JSON is one document, asks nothing, and names everything', async (t) => {
  const machine = await bedside(SensorsConfig.parse([{ ...THERMOMETER, address: '0x49' }]))
  const { said, writes } = await search({ machine, options: { isJson: true } })
  t.match(JSON.parse(said), {
    buses: [
      {
        bus: 1,
        state: 'scanned',
        findings: [{ address: 0x49, identity: { outcome: 'is', kind: 'tmp117' } }],
      },
    ],
    missing: ['thermometer'],
    leftOut: [{ kind: 'tmp117', address: 0x49 }],
    isChanged: false,
    isWritten: false,
  })
  t.same(writes, [])
})
