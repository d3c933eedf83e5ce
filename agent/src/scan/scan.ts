import type { Clock } from '@hygeia/runtime/clock'
import { lightFirstLed } from '../drivers/max30102/led-test.ts'
import { HalError } from '../hal/errors.ts'
import type { I2cBus, I2cDevice } from '../hal/i2c.ts'
import type { SensorConfig } from '../sampling/config.ts'
import type { Terminal } from '../setup/terminal.ts'
import { isYes } from '../setup/terminal.ts'
import { type ChipKind, type Identity, identify } from './identify.ts'
import { probeBus } from './probe.ts'
import { type AdcUse, addressText, LINES, type NewChip } from './propose.ts'

/** A sensor of the configuration that is on a bus. */
export type ConfiguredChip = Extract<SensorConfig, { readonly bus: number }>

/** Whoever is at one address. */
export interface Finding {
  readonly bus: number
  readonly address: number
  readonly identity: Identity
  /** The sensor of the configuration that it is, as far as anybody can tell. */
  readonly sensor?: ConfiguredChip
  /** What it is taken for, where it is none of the configuration. */
  readonly chip?: NewChip
  /** Of a MAX30102 of which nobody had looked before. */
  readonly areLedsSwapped?: boolean
}

export interface BusFindings {
  readonly bus: number
  readonly state: 'scanned' | 'stuck' | 'absent'
  readonly findings: readonly Finding[]
  /** Addresses that a driver of the kernel has. */
  readonly taken: readonly number[]
}

export interface ScanDeps {
  /** @throws {HalError} `BUS_UNAVAILABLE` */
  readonly i2c: (bus: number) => Promise<I2cBus>
  readonly clock: Clock
  /** Whoever knows what is wired; undefined where nobody is asked. */
  readonly terminal: Terminal | undefined
}

/** Look at one bus: who is there, which sensors of the configuration they are, and what the others are. */
export async function scanBus(
  bus: number,
  configured: readonly SensorConfig[],
  deps: ScanDeps,
  signal: AbortSignal,
): Promise<BusFindings> {
  let opened: I2cBus
  try {
    opened = await deps.i2c(bus)
  } catch (cause) {
    if (!(cause instanceof HalError && cause.code === 'BUS_UNAVAILABLE')) throw cause
    return { bus, state: 'absent', findings: [], taken: [] }
  }
  const { answering, taken, isStuck } = await probeBus(opened)
  if (isStuck) return { bus, state: 'stuck', findings: [], taken }
  const findings: Finding[] = []
  for (const address of answering) {
    const device = opened.device(address)
    const identity = await identify({ device, clock: deps.clock, answering }, signal)
    const found = await resolve({ bus, address, identity }, configured, deps.terminal)
    const areLedsSwapped = deps.terminal && (await askLeds(found, device, deps.terminal))
    findings.push(areLedsSwapped === undefined ? found : { ...found, areLedsSwapped })
  }
  return { bus, state: 'scanned', findings, taken }
}

/** Sensors of the configuration on buses that were looked at, at whose address none answers that it could be. */
export function absentOf(
  configured: readonly SensorConfig[],
  buses: readonly BusFindings[],
): readonly ConfiguredChip[] {
  const there = new Set(buses.flatMap(({ findings }) => findings.flatMap(({ sensor }) => sensor ?? [])))
  const looked = new Set(buses.filter(({ state }) => state === 'scanned').map(({ bus }) => bus))
  return configured.filter(
    (sensor): sensor is ConfiguredChip => 'bus' in sensor && looked.has(sensor.bus) && !there.has(sensor),
  )
}

/** Chips that are no sensor of the configuration, and that somebody, or the chip itself, says what they are. */
export function newChipsOf(buses: readonly BusFindings[]): readonly NewChip[] {
  return buses.flatMap(({ findings }) =>
    findings.flatMap(({ chip, areLedsSwapped }) => (chip === undefined ? [] : { ...chip, areLedsSwapped })),
  )
}

/** Which sensors of the configuration have their LEDs swapped, or not, as somebody saw just now; by name. */
export function seenLeds(buses: readonly BusFindings[]): ReadonlyMap<string, boolean> {
  const seen = buses.flatMap(({ findings }) =>
    findings.flatMap(({ sensor, areLedsSwapped }) =>
      sensor === undefined || areLedsSwapped === undefined ? [] : ([[sensor.name, areLedsSwapped]] as const),
    ),
  )
  return new Map(seen)
}

async function resolve(
  found: Pick<Finding, 'bus' | 'address' | 'identity'>,
  configured: readonly SensorConfig[],
  terminal: Terminal | undefined,
): Promise<Finding> {
  const { bus, address, identity } = found
  const sensor = configured.find(
    (one): one is ConfiguredChip => 'bus' in one && one.bus === bus && one.address === address,
  )
  if (sensor !== undefined && couldBe(identity, sensor.kind)) return { ...found, sensor }
  const kind =
    identity.outcome === 'is'
      ? identity.kind
      : identity.outcome === 'unsure' && terminal !== undefined
        ? await askKind(address, identity, terminal)
        : undefined
  if (kind === undefined) return found
  const adc = kind === 'ads1115' && terminal !== undefined ? await askAdc(address, terminal) : undefined
  return { ...found, chip: { bus, address, kind, ...(adc === undefined ? {} : { adc }) } }
}

/** @returns undefined where it is known, where there is nothing to be seen, and when whoever looks is not sure */
async function askLeds(
  { identity, sensor }: Finding,
  device: I2cDevice,
  terminal: Terminal,
): Promise<boolean | undefined> {
  if (identity.outcome !== 'is' || identity.kind !== 'max30102') return undefined
  if (sensor?.kind === 'max30102' && sensor.areLedsSwapped !== undefined) return undefined
  await using _ = await lightFirstLed(device)
  const question = `One LED of the MAX30102 at ${addressText(device.address)} is on. Does it shine red: yes, no, unsure?`
  const answer = await terminal.ask(question, 'unsure')
  if (/^y/i.test(answer)) return false
  return /^n/i.test(answer) ? true : undefined
}

/** What has nothing to say of itself is what somebody configured it to be. */
function couldBe(identity: Identity, kind: ChipKind): boolean {
  switch (identity.outcome) {
    case 'is':
      return identity.kind === kind
    case 'unsure':
      return identity.kinds.includes(kind)
    case 'stranger':
      return false
  }
}

/** @returns undefined for a chip that is none of ours */
async function askKind(
  address: number,
  { kinds, looksLike }: Identity & { readonly outcome: 'unsure' },
  terminal: Terminal,
): Promise<ChipKind | undefined> {
  const guess = looksLike === undefined ? '' : `; its registers look like ${NAMES[looksLike]}`
  const choices = kinds.join(', ')
  const question = `${addressText(address)} does not say what it is${guess}. Which is it: ${choices}, other?`
  const answer = (await terminal.ask(question, 'other')).toLowerCase()
  return kinds.find((kind) => kind === answer)
}

/** @returns undefined when it is for something else */
async function askAdc(address: number, terminal: Terminal): Promise<AdcUse | undefined> {
  const where = `the ADS1115 at ${addressText(address)}`
  const question = `What is on ${where}: ecg (AD8232 on A0), belt (on A0), both (AD8232 on A0, belt on A1), other?`
  const inputs = (await terminal.ask(question, 'other')).toLowerCase()
  if (inputs !== 'ecg' && inputs !== 'belt' && inputs !== 'both') return undefined
  const [plus, minus] = LINES.leadOff
  // What is not wired and said to be is never a value; what is wired and not said to be only costs some.
  const ready = `Is its ALERT/RDY on GPIO${LINES.ready}`
  const leadOff = `Are LO+ and LO- of the AD8232 on GPIO${plus} and GPIO${minus}`
  return {
    inputs,
    hasReady: inputs !== 'both' && /^y/i.test(await terminal.ask(`${ready} (y/n)`, 'n')),
    hasLeadOff: inputs !== 'belt' && /^y/i.test(await terminal.ask(`${leadOff} (y/n)`, 'n')),
  }
}

/**
 * Ask, of each new chip of the kind of a sensor that does not answer, whether it is that sensor with another address.
 *
 * @returns the new address of each that moved
 */
export async function askMoved(
  absent: readonly ConfiguredChip[],
  chips: readonly NewChip[],
  terminal: Terminal,
): Promise<ReadonlyMap<ConfiguredChip, NewChip>> {
  const moved = new Map<ConfiguredChip, NewChip>()
  for (const sensor of absent) {
    const { name, bus, kind, address } = sensor
    const taken = new Set(moved.values())
    const chip = chips.find((one) => one.bus === bus && one.kind === kind && !taken.has(one))
    if (chip === undefined) continue
    const [from, to] = [addressText(address), addressText(chip.address)]
    const question = `${name} is configured at ${from}; a ${NAMES[kind]} answers at ${to}. Is it that?`
    if (await isYes(terminal, question)) moved.set(sensor, chip)
  }
  return moved
}

/** Ask, for each sensor that does not answer, whether it stays. @returns those that go */
export async function askForgotten(
  absent: readonly ConfiguredChip[],
  terminal: Terminal,
): Promise<readonly ConfiguredChip[]> {
  const gone: ConfiguredChip[] = []
  for (const sensor of absent) {
    const where = `${NAMES[sensor.kind]} at ${addressText(sensor.address)}`
    const question = `${sensor.name} (${where}) is configured and does not answer. Keep it, to be wired?`
    if (!(await isYes(terminal, question))) gone.push(sensor)
  }
  return gone
}

export const NAMES: Readonly<Record<ChipKind, string>> = {
  tmp117: 'TMP117',
  lm75: 'LM75 or TMP105',
  mlx90614: 'MLX90614',
  bme280: 'BME280',
  mpu6050: 'MPU-6050',
  max30102: 'MAX30102',
  max32664: 'MAX32664',
  ads1115: 'ADS1115',
}
